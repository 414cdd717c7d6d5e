import { open } from 'node:fs/promises';

const BLOCK = 64 * 1024;

/** Reads the lines of a file, the last line first. */
export async function* linesFromEnd(path: string): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    let position = (await file.stat()).size;
    let rest = Buffer.alloc(0);
    while (position > 0) {
      const length = Math.min(BLOCK, position);
      position -= length;
      const block = Buffer.alloc(length);
      await file.read(block, 0, length, position);
      rest = Buffer.concat([block, rest]);
      for (let end = rest.lastIndexOf(10); end >= 0; end = rest.lastIndexOf(10)) {
        const line = rest.toString('utf8', end + 1);
        rest = rest.subarray(0, end);
        if (line !== '') yield line;
      }
    }
    if (rest.length > 0) yield rest.toString('utf8');
  } finally {
    await file.close();
  }
}
