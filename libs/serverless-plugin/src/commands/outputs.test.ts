import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNewOutputs, readOutputs, removeOutputs, writeOutputs } from './outputs.ts';

let services: string;

beforeEach(async () => {
  services = await mkdtemp(join(tmpdir(), 'outputs-'));
});

afterEach(() => rm(services, { recursive: true }));

const api = (region = 'eu-central-1') => ({ serviceDir: join(services, 'api'), stage: 'dev', region });

test('outputs are kept for each service, stage and region until the service is removed', async () => {
  await writeOutputs(api(), { ApiUrl: 'first' });
  await writeOutputs(api('us-east-1'), { ApiUrl: 'second' });
  await expect(readOutputs(api())).resolves.toEqual({ ApiUrl: 'first' });
  await removeOutputs(api());
  await expect(readOutputs(api())).resolves.toBeUndefined();
  await expect(readOutputs(api('us-east-1'))).resolves.toEqual({ ApiUrl: 'second' });
});

test('Compose gets the outputs of this deployment, whatever its region, and no older ones', async () => {
  await writeOutputs(api('us-east-1'), { ApiUrl: 'noted' });
  const { region: _, ...anywhere } = api();
  await expect(readNewOutputs(anywhere, Date.now() - 60_000)).resolves.toEqual({ ApiUrl: 'noted' });
  await expect(readNewOutputs(anywhere, Date.now() + 60_000)).resolves.toBeUndefined();
  await expect(readNewOutputs({ ...anywhere, stage: 'de' }, 0)).resolves.toBeUndefined();
  await expect(
    readNewOutputs({ serviceDir: join(services, 'caller'), stage: 'dev' }, 0),
  ).resolves.toBeUndefined();
});
