import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storedZip } from '../../libs/local-aws/src/services/lambda/code/stored-zip.ts';
import { unzip } from '../../libs/local-aws/src/services/lambda/code/unzip.ts';
import { createTemporaryFolder } from '../../libs/local-aws/src/temporary/index.ts';
import { measured } from './bundles.ts';

const body = `async (event) => {
  const end = process.cpuUsage().user + 20_000;
  while (process.cpuUsage().user < end);
  return { status: event.status };
};`;

test.each([
  ['src/entry.mjs', `export const handler = ${body}`],
  ['caller.cjs', `exports.handler = ${body}`],
])(
  'the answer of a function in %s has the CPU times of its init phase and of its invocation',
  async (file, source) => {
    const code = { handler: `${file.slice(0, -4)}.handler`, zip: storedZip({ [file]: source }) };
    const bundle = await measured(code);
    const folder = await createTemporaryFolder('bench-test');
    try {
      await unzip(bundle.zip, folder.path);
      const [module, name] = bundle.handler.split('.');
      const path = join(folder.path, `${module}.${file.slice(-3)}`);
      const call = `import(${JSON.stringify(path)}).then((code) => code.${name}({ status: 200 })).then((answer) => console.log(JSON.stringify(answer)))`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', call]);
      const { status, bench } = JSON.parse(stdout);
      expect(status).toBe(200);
      expect(bench.initCpuMs).toBeGreaterThan(0);
      expect(bench.cpuMs).toBeGreaterThanOrEqual(20);
    } finally {
      await folder.close();
    }
  },
);
