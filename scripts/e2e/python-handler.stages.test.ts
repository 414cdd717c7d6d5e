import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployPackages } from './packaged-pair.testing.ts';
import { edit, invokeCaller, startTestBed, type TestBed } from './test-bed.testing.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not installed: the handler in Python was NOT called.');

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
});
afterAll(() => bed?.close());

test('a route of the API can have a handler in Python, beside those that serverless-esbuild bundles', async () => {
  const service = join(bed.project.root, 'services/api');
  await mkdir(join(service, 'py'));
  await writeFile(
    join(service, 'py/app.py'),
    `import json

def handler(event, context):
    identity = event['requestContext']['identity']
    return {'statusCode': 200, 'body': json.dumps({'python': True, 'arn': identity['userArn']})}
`,
  );
  await edit(
    bed.project,
    'services/api/serverless.yml',
    'handler: src/sender.handler\n',
    `handler: py/app.handler
    runtime: python3.14
    package: { patterns: ['!**', 'py/**'] }
`,
  );
  await deployPackages(bed);
  if (!hasPython) return;
  const { payload } = await invokeCaller(bed, { operation: 'getSender' });
  expect(payload).toMatchObject({
    status: 200,
    body: { python: true, arn: expect.stringContaining('assumed-role/depot-local-invoke/') },
  });
});
