// Other packages compile this file, too, and find the declaration only by its path.
/// <reference path="./yauzl.d.ts" />
import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise } from 'yauzl';
import { storedEntry, writeZip, type ZipEntry } from './stored-zip.ts';

const UNIX = 3;

/** The content of a file in a zip; `undefined` if the zip does not have it. @throws Error if it is no zip */
export async function fileInZip(zip: Buffer, name: string): Promise<Buffer | undefined> {
  const archive = await fromBufferPromise(zip);
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName === name) return buffer(await archive.openReadStreamPromise(entry));
  }
  return undefined;
}

/**
 * A zip in which one file is another, or is added. All others stay as they are, with their permissions. Its permissions stay, too.
 * @throws Error if it is no zip
 */
export async function withFileInZip(zip: Buffer, name: string, content: string): Promise<Buffer> {
  const archive = await fromBufferPromise(zip);
  const entries: ZipEntry[] = [];
  let mode: number | undefined;
  for await (const entry of archive.eachEntry()) {
    const found = rawEntry(zip, entry);
    if (entry.fileName === name) mode = found.mode;
    else entries.push(found);
  }
  return writeZip([...entries, storedEntry(name, content, mode)]);
}

/** A file as it is in the zip, still compressed. */
function rawEntry(zip: Buffer, entry: Entry): ZipEntry {
  const { fileName: name, compressionMethod: method, compressedSize, uncompressedSize: size } = entry;
  const header = entry.relativeOffsetOfLocalHeader;
  // The local header has a name and an extra field of its own lengths.
  const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const isUnix = entry.versionMadeBy >> 8 === UNIX;
  return {
    name,
    mode: isUnix ? entry.externalFileAttributes >>> 16 : 0o100644,
    method,
    crc32: entry.crc32,
    size,
    data: zip.subarray(start, start + compressedSize),
  };
}
