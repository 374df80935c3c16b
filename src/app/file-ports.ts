/** Reading files of this host. */
export interface FileEyes {
  /** Whether there is such a file or directory. */
  isThere(path: string): boolean
  /** undefined: there is no such file. */
  readTextFile(path: string): Promise<string | undefined>
  /** So many bytes from there on, fewer where the file ends; a negative offset counts from its end. undefined: there is no such file. */
  readBytes(path: string, offset: number, length: number): Promise<Uint8Array | undefined>
}
