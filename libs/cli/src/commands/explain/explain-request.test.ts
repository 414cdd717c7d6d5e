import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../command-line.ts';
import { readStageRequest, type StageExplainOptionValues } from './explain-request.ts';

const role = 'arn:aws:iam::222222222222:role/caller';
const question = { principal: role, action: 'sts:AssumeRole', resource: role };
const assumptions = { context: {}, sessionPolicies: [] };
const local = (request: object) => ({ form: 'local', request });

test.each<[what: string, values: StageExplainOptionValues, request: object]>([
  ['no options ask about the last refused request', {}, local({ form: 'recorded', wanted: { last: 1 } })],
  [
    '--last asks about the last N refused requests',
    { last: '3' },
    local({ form: 'recorded', wanted: { last: 3 } }),
  ],
  [
    '--request-id asks about one request',
    { 'request-id': 'r' },
    local({ form: 'recorded', wanted: { requestId: 'r' } }),
  ],
  ['--stage asks about its chain', { stage: 'dev' }, { form: 'chain', ...assumptions, stage: 'dev' }],
  [
    '--caller asks about the chain of a further caller',
    { stage: 'dev', caller: 'billing' },
    { form: 'chain', caller: 'billing', ...assumptions, stage: 'dev' },
  ],
  [
    '--api asks about the call of another API, if it is a name',
    { stage: 'dev', api: 'billing', caller: 'report' },
    { form: 'chain', api: 'billing', caller: 'report', ...assumptions, stage: 'dev' },
  ],
  [
    'a question is about stage local by default',
    question,
    local({ form: 'question', asked: question, ...assumptions }),
  ],
  [
    'a question may name another stage, and condition keys',
    { ...question, stage: 'dev', context: ['sts:ExternalId=a=b', 'aws:TagKeys=x', 'aws:TagKeys=y'] },
    {
      form: 'stage question',
      asked: question,
      stage: 'dev',
      context: { 'sts:ExternalId': 'a=b', 'aws:TagKeys': ['x', 'y'] },
      sessionPolicies: [],
    },
  ],
  [
    '--required-permissions is about every stage by default',
    { 'required-permissions': true },
    { form: 'required-permissions', stage: '*' },
  ],
])('%s', async (_what, values, request) => {
  expect(await readStageRequest(values)).toEqual(request);
});

test.each<[values: StageExplainOptionValues, message: RegExp]>([
  [{ last: '1.5' }, /whole number/],
  [{ last: '-1' }, /from 1 to 1000/],
  [{ last: '1', 'request-id': 'r' }, /not both/],
  [{ unused: true, stage: 'dev' }, /only one of the two kinds/],
  [{ last: '1', stage: 'local' }, /only one of the two kinds/],
  [{ 'request-id': 'r', ...question }, /only one of the two kinds/],
  [{ principal: role }, /missing: --action, --resource/],
  [{ ...question, action: 'sts:AssumeRoll' }, /AWS has no such action/],
  [{ ...question, action: 'sts:*' }, /without wildcards/],
  [{ ...question, resource: 'role/caller' }, /must be an ARN/],
  [{ ...question, context: ['sts:ExternalId'] }, /must be key=value/],
  [{ ...question, context: ['ExternalId=a'] }, /must be key=value/],
  [{ context: ['a:b=c'] }, /need a question/],
  [{ caller: 'billing' }, /about the whole chain of a stage/],
  [{ ...question, stage: 'dev', caller: 'billing' }, /about the whole chain of a stage/],
  [{ stage: '../x' }, /letters, digits and hyphens/],
  [{ ...question, 'session-policy': '/nowhere/policy.json' }, /cannot be read/],
])('the options %j are refused with a reason', async (values, message) => {
  const reading = readStageRequest(values);
  await expect(reading).rejects.toThrow(UsageError);
  await expect(reading).rejects.toThrow(message);
});

test('a session policy is read and checked', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'explain-request-'));
  try {
    const file = join(folder, 'policy.json');
    const document = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }],
    };
    await writeFile(file, JSON.stringify(document));
    expect(await readStageRequest({ stage: 'dev', 'session-policy': file })).toMatchObject({
      sessionPolicies: [{ document }],
    });
    await writeFile(file, '{"Statement":[]}');
    await expect(readStageRequest({ stage: 'dev', 'session-policy': file })).rejects.toThrow(UsageError);
    // IAM stores a policy without a version. STS refuses it as a session policy.
    await writeFile(file, JSON.stringify({ Statement: document.Statement }));
    await expect(readStageRequest({ stage: 'dev', 'session-policy': file })).rejects.toThrow(/[Vv]ersion/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
