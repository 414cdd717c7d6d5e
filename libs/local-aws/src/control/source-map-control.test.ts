import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestAws } from '../testing/index.ts';
import { createSourceMaps, SOURCE_MAPS_PATH } from './source-map-control.ts';

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

test('without a debugger, no source maps are taken, and a deployment that asks leaves no refused request in the trace', async () => {
  const aws = await startTestAws();
  try {
    const token = await readFile(join(aws.root, '.local-aws/control-token'), 'utf8');
    const ask = (authorization: string) =>
      fetch(`${aws.localAws.url}${SOURCE_MAPS_PATH}`, { headers: { authorization } });
    const answer = await ask(`Bearer ${token.trim()}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({ message: expect.stringContaining('--inspect') });
    expect((await ask('Bearer wrong')).status).toBe(401);
    expect(aws.calls()).toEqual([]);
  } finally {
    await aws.close();
  }
});
