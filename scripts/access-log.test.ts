import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { substitute } from '../libs/local-aws/src/services/execute-api/responses/variables.ts';
import { projectRoot } from './lib/project.ts';

const template = readFileSync(join(projectRoot, 'services/api/serverless.yml'), 'utf8');
const [format = ''] = /\{"requestId":"\$context\.requestId".*\}/.exec(template) ?? [];

test('a line of the access log is JSON, even for a call without an error and without values for the variables', () => {
  const line = JSON.parse(substitute(format, () => undefined, '-'));
  expect(line).toMatchObject({ requestId: '-', errorType: '-', status: '-' });
});

test('a value that a caller chose cannot break out of its member', () => {
  const hostile = `'x","status":"200\n{' not a valid key=value pair`;
  const line = JSON.parse(substitute(format, () => hostile, '-'));
  expect(new Set(Object.values(line))).toEqual(new Set([hostile]));
});
