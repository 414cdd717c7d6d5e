import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import { pairProject, workInPairProject } from './pair.testing.ts';
import { seedLocalAws } from './seed.ts';

workInPairProject();

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'seed-'));
  aws = await startLocalAws({ root, port: 0 });
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

/** A shell command that runs JavaScript. */
const javascript = (code: string) => `'${process.execPath}' -e '${code}'`;

test('a seed runs in the project’s root, and AWS tools in it reach local AWS with the profiles of both accounts', async () => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIAOFTHESHELL000000';
  try {
    const code = `
      const { cwd, env } = process;
      const profiles = require("node:fs").readFileSync(env.AWS_SHARED_CREDENTIALS_FILE, "utf8").match(/local-(api|caller)/g);
      const found = [cwd(), env.AWS_ENDPOINT_URL, env.AWS_ACCESS_KEY_ID, env.LOCAL_AWS_ROOT, profiles];
      throw new Error(JSON.stringify(found));`;
    const seed = seedLocalAws(javascript(code), root);
    await expect(seed).rejects.toThrow(
      JSON.stringify([pairProject, aws.url, undefined, root, ['local-api', 'local-caller']]),
    );
  } finally {
    delete process.env.AWS_ACCESS_KEY_ID;
  }
});

test('a seed that fails is an error with the command, its exit code and all of its output', async () => {
  await expect(seedLocalAws('echo one; echo two >&2; exit 3', root)).rejects.toThrow(
    /^The setting seed of stage local, "echo one; echo two >&2; exit 3", ended with exit code 3:\n(one\ntwo|two\none)$/,
  );
  await expect(seedLocalAws('kill -9 $$', root)).rejects.toThrow('ended with SIGKILL');
});

test('a seed that succeeds prints nothing, and one that is interrupted ends', async () => {
  await seedLocalAws('echo done', root);
  const stop = new AbortController();
  const running = seedLocalAws('sleep 100 & wait', root, stop.signal);
  stop.abort();
  await running;
});

test('without a local AWS that runs, there is nothing to put it into', async () => {
  await expect(seedLocalAws('true', tmpdir())).rejects.toThrow('npm start');
});
