import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTemporaryFolder } from '@cross-account-api/local-aws/temporary';
import { vendorPackedAt } from './vendor.ts';

test.each([
  ['no file', undefined, undefined],
  ['a time', '{"packedAt":"2026-01-02T03:04:05.000Z"}', new Date('2026-01-02T03:04:05Z')],
  ['half of a file', '{"packedAt":', undefined],
  ['a file without the time', '{}', undefined],
])('the age of packed packages is known, or is not, from %s', async (_what, text, packedAt) => {
  const { path: root, close } = await createTemporaryFolder('vendor-test');
  try {
    await mkdir(join(root, 'vendor'));
    if (text !== undefined) await writeFile(join(root, 'vendor/packed.json'), text);
    expect(vendorPackedAt(root)).toEqual(packedAt);
  } finally {
    await close();
  }
});
