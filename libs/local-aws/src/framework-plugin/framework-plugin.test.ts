import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { INSTANCE_VARIABLE, ROOT_VARIABLE } from '../state-directory/index.ts';
import LocalStagePlugin from './index.ts';

const before = { ...process.env };
let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'framework-plugin-'));
  aws = await startLocalAws({ root, port: 0, report: () => {} });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, before);
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

/** Loads the plugin for a deployment that was started for a local AWS. */
async function load(instance: string | undefined): Promise<void> {
  process.env[ROOT_VARIABLE] = root;
  if (instance !== undefined) process.env[INSTANCE_VARIABLE] = instance;
  class FrameworkError extends Error {}
  const framework = {
    serviceDir: root,
    processedInput: { commands: ['deploy'] },
    classes: { Error: FrameworkError },
    pluginManager: { plugins: [] },
    service: { provider: {} },
    getProvider: () => ({ getStage: () => 'local' }),
  };
  await new LocalStagePlugin(framework, {}, { log: { notice: () => {} } }).asyncInit();
}

test('a deployment that a killed local AWS has left does not go on in the next one', async () => {
  await expect(load('00000000-0000-4000-8000-000000000000')).rejects.toThrow(
    'This deployment was started for another local AWS (00000000-0000-4000-8000-000000000000), which has ended. Deploy again',
  );
});

test('a deployment for this local AWS, and one for none in particular, go on', async () => {
  await load(aws.instance.instanceId);
  delete process.env[INSTANCE_VARIABLE];
  await load(undefined);
});
