/** What plugin.js uses of yazl, which has no types. */
declare module 'yazl' {
  export class ZipFile {
    readonly outputStream: NodeJS.ReadableStream;
    addBuffer(
      content: Buffer,
      name: string,
      options: { mtime: Date; forceDosTimestamp: boolean; mode: number; compressionLevel: number },
    ): void;
    end(): void;
  }
}
