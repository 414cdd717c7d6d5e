import { crc32 } from 'node:zlib';

/** Signature and header: the chunks that say something about the picture come after them. */
const HEADER_BYTES = 8 + 12 + 13;

/**
 * Writes a text into a PNG, in a chunk that viewers ignore.
 * @param keyword Latin-1, 1 to 79 characters, e.g. `Description`
 * @see https://www.w3.org/TR/png-3/#11iTXt
 */
export function withPngText(png: Buffer, keyword: string, text: string): Buffer {
  // No compression, no language.
  const data = Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text)]);
  const body = Buffer.concat([Buffer.from('iTXt', 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return Buffer.concat([png.subarray(0, HEADER_BYTES), chunk, png.subarray(HEADER_BYTES)]);
}

/** Reads a text that {@link withPngText} has written. @returns `undefined` if the picture has no text with this keyword */
export function pngText(png: Buffer, keyword: string): string | undefined {
  const start = Buffer.from(`iTXt${keyword}\0\0\0\0\0`, 'latin1');
  const at = png.indexOf(start);
  if (at < 4) return undefined;
  return png.subarray(at + start.length, at + 4 + png.readUInt32BE(at - 4)).toString();
}
