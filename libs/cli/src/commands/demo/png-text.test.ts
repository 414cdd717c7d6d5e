import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pngText, withPngText } from './png-text.ts';

const picture = readFileSync(join(__dirname, '../../../docs/map.png'));

test('a text that is written into a picture is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(pngText(withPngText(picture.subarray(0, 2_000), 'Comment', text), 'Comment')).toBe(text);
    }),
  );
});

test('a keyword that no text of the picture has gives nothing', () => {
  expect(pngText(picture, 'Comment')).toBeUndefined();
});
