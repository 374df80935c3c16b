/** The version of weft, the same as in package.json: read by a test, so that no command has to read the file. */

export const WEFT_VERSION = '0.1.0'
