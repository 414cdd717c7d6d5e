import { crc32 } from 'node:zlib';

/** One file of a zip. */
export interface ZipEntry {
  readonly name: string;
  /** The file type and permissions of Unix. */
  readonly mode: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly crc32: number;
  /** In bytes, before compression. */
  readonly size: number;
  /** As the method stores it. */
  readonly data: Uint8Array;
}

const REGULAR_FILE = 0o100644;

/** A zip of uncompressed files. @param files content by name, e.g. `{ 'index.js': 'exports.handler = …' }` */
export function storedZip(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  return writeZip(Object.entries(files).map(([name, content]) => storedEntry(name, content)));
}

/** An uncompressed file. */
export function storedEntry(name: string, content: string | Uint8Array, mode = REGULAR_FILE): ZipEntry {
  const data = Buffer.from(content);
  return { name, mode, method: 0, crc32: crc32(data), size: data.length, data };
}

/** A zip of these files. Its times are always the same. */
export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const local: Uint8Array[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name: fileName, mode, method, crc32, size, data } of entries) {
    const name = Buffer.from(fileName);
    // From `version needed` to `extra field length`: the same in both headers. 0x0800: names are UTF-8.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(name.length, 22);
    local.push(signature(0x04034b50), common, name, data);
    const place = Buffer.alloc(14);
    place.writeUInt32LE((mode << 16) >>> 0, 6);
    place.writeUInt32LE(offset, 10);
    central.push(signature(0x02014b50), Buffer.from([20, 3]), common, place, name);
    offset += 4 + common.length + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, signature(0x06054b50), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
