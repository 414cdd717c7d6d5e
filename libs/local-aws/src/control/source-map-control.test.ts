import { createSourceMaps } from './source-map-control.ts';

test('the newest source maps are kept, up to a limit', async () => {
  const maps = createSourceMaps();
  const large = 'x'.repeat(50 * 1024 * 1024);
  for (const sha256 of ['a', 'b', 'a', 'c']) maps.add(sha256, large);
  expect(await maps.find({ sha256: 'a' })).toEqual({ map: large });
  expect(await maps.find({ sha256: 'c' })).toEqual({ map: large });
  expect(await maps.find({ sha256: 'b' })).toEqual({
    missing: expect.stringContaining('was not deployed by'),
  });
});
