import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { spreadOf } from './figures.ts';
import type { Bundle } from './packages.ts';

/** The environment of the functions. Nothing answers at the endpoint: what init requests has no answer in time. */
const environment = {
  API_URL: 'https://bench.execute-api.us-east-1.amazonaws.com/bench',
  API_REGION: 'us-east-1',
  INVOKE_ROLE_ARN: 'arn:aws:iam::111111111111:role/bench',
  EXTERNAL_ID: 'bench',
  API_HONOURS_IDEMPOTENCY_KEYS: 'true',
  IDEMPOTENCY_TABLE: 'bench',
  POWERTOOLS_SERVICE_NAME: 'bench',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};

const SCRIPT = `
const start = performance.now();
import(process.argv[1]).then(() => {
  process.stdout.write(String(performance.now() - start));
  process.exit(0);
});`;

/**
 * Measures how long modules take to load, each time in a process of its own, in ms, less what an empty module takes. The modules
 * have their turns one after another.
 */
export async function measureInit<Name>(
  bundles: ReadonlyMap<Name, Bundle>,
  times: number,
): Promise<Map<Name, number[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-init-'));
  try {
    const empty = join(folder, 'empty.mjs');
    await writeFile(empty, 'export const handler = () => {};');
    const paths = new Map<Name, string>();
    for (const [name, { handler, zip }] of bundles) {
      const unpacked = join(folder, String(paths.size));
      await unzip(zip, unpacked);
      const module = join(unpacked, handler.replace(/\.\w+$/, ''));
      const path = ['.mjs', '.js', '.cjs'].map((extension) => module + extension).find(existsSync);
      if (path === undefined) throw new Error(`No module of the zip file has the handler ${handler}.`);
      paths.set(name, path);
    }
    const measured = new Map<Name, number[]>([...paths.keys()].map((name) => [name, []]));
    const base: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      base.push(await load(empty));
      for (const [name, path] of paths) measured.get(name)?.push(await load(path));
    }
    const floor = spreadOf(base).median;
    return new Map([...measured].map(([name, values]) => [name, values.map((value) => value - floor)]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function load(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', SCRIPT, path], {
    env: { PATH: process.env.PATH, ...environment },
  });
  return Number(stdout);
}
