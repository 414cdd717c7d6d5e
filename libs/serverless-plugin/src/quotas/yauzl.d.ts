/** The part of yauzl 3 that is used here; the package brings no types. */
declare module 'yauzl' {
  export interface Entry {
    readonly uncompressedSize: number;
  }

  export interface ZipFile {
    eachEntry(): AsyncIterable<Entry>;
  }

  export function fromBufferPromise(buffer: Buffer): Promise<ZipFile>;
}
