/** The laws, over machines that are made from an image and deleted with their disks: a real QEMU each time. */
import { CLONED, DELETED_RUNNING, MADE_FROM_IMAGE } from '../support/life-law-cases.ts'
import { checkEndLaws, checkLaws } from '../support/laws.ts'

checkLaws([MADE_FROM_IMAGE, CLONED])
checkEndLaws([DELETED_RUNNING])
