#!/bin/sh
# start network 'default'
# nothing to do
