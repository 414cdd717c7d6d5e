import { decide } from '@cross-account-api/iam';
import { answerQuestion } from '@cross-account-api/iam/explanation';
import {
  A,
  B,
  callerRoleArn,
  circumstances,
  invokeRoleArn,
  readerOf,
  sound,
} from '../../../iam/src/explanation/deployed/deployment.testing.ts';
import type { TraceEvent } from './event.ts';
import { parseRecord, recordOf } from './record.ts';

const event: TraceEvent = {
  time: new Date('2026-01-02T03:04:05.678Z'),
  requestId: 'r1',
  service: 'sts',
  operation: 'AssumeRole',
  decisions: [],
  status: 200,
  durationMs: 1.5,
};

const written = (recorded: TraceEvent) => parseRecord(JSON.stringify(recordOf(recorded)));

async function decision(externalId: string) {
  const context = { 'sts:ExternalId': externalId };
  const asked = { principal: callerRoleArn, action: 'sts:AssumeRole', resource: invokeRoleArn, region: 'x' };
  return (await answerQuestion(asked, readerOf(sound), { ...circumstances, context })).decision;
}

test('a denial is read from its line as it was decided', async () => {
  const denied = await decision('wrong');
  if (denied.allowed) throw new Error('allowed');
  const read = written({
    ...event,
    accountId: A,
    principal: denied.principalArn,
    region: 'eu-west-1',
    parentRequestId: 'r0',
    decisions: [denied],
    refusal: { step: 'authorization', decision: denied },
    status: 403,
    errorCode: 'AccessDenied',
  });
  expect(read).toEqual({
    ...event,
    time: '2026-01-02T03:04:05.678Z',
    accountId: A,
    principal: denied.principalArn,
    region: 'eu-west-1',
    parentRequestId: 'r0',
    decisions: [{ ...denied, consulted: denied.consulted }],
    refusal: { step: 'authorization' },
    status: 403,
    errorCode: 'AccessDenied',
  });
  expect(read?.decisions[0]?.consulted.length).toBeGreaterThan(0);
});

test('the policies that an allowed request consulted are not collected to be written', async () => {
  const allowed = await decision('secretless');
  const guarded = Object.defineProperty({ ...allowed }, 'consulted', {
    enumerable: true,
    get: () => {
      throw new Error('worked out');
    },
  });
  expect(written({ ...event, decisions: [guarded] })?.decisions[0]).toEqual({
    ...allowed,
    consulted: [],
    request: undefined,
    policies: undefined,
  });
});

test('the file has the mistake of the client, and no session token', () => {
  const canonicalRequest =
    'GET\n/\nX-Amz-Security-Token=TOKEN1\nhost:x\nx-amz-security-token:TOKEN2\n\nhost\nhash';
  const recorded: TraceEvent = {
    ...event,
    refusal: {
      step: 'authentication',
      failure: { kind: 'signature-mismatch', canonicalRequest, stringToSign: 'string', accessKeyId: 'ASIA1' },
    },
    clientMistake: {
      mistakes: ['The path was signed decoded.'],
      canonicalRequest: canonicalRequest.replace('GET', 'POST'),
    },
  };
  const line = JSON.stringify(recordOf(recorded));
  expect(line).not.toMatch(/TOKEN\d/);
  expect(parseRecord(line)?.refusal).toMatchObject({
    failure: {
      accessKeyId: 'ASIA1',
      clientMistake: {
        mistakes: ['The path was signed decoded.'],
        canonicalRequest: expect.stringMatching(/^POST/),
      },
    },
  });
});

test('a record says that the mistake in a wrong signature was not sought', () => {
  const failure = {
    kind: 'signature-mismatch',
    canonicalRequest: 'GET',
    stringToSign: 'x',
    accessKeyId: 'A',
  };
  const recorded = {
    ...event,
    refusal: { step: 'authentication', failure },
    clientMistake: 'not sought',
  } as TraceEvent;
  expect(written(recorded)?.refusal).toMatchObject({ failure: { mistakeNotSought: true } });
});

test.each(['', '{', '[]', 'null', '{"time":"now"}', JSON.stringify({ ...recordOf(event), decisions: [{}] })])(
  'the line %j is not a record',
  (line) => expect(parseRecord(line)).toBeUndefined(),
);

test('a record has the faults that were injected', () => {
  const faults = [{ type: 'delay', rule: 'slow', ms: 20 } as const];
  expect(written({ ...event, faults })).toMatchObject({ faults });
});

test('a condition key that a client chose cannot become a prototype', () => {
  const denied = decide(
    {
      principal: { type: 'Service', service: 'lambda.amazonaws.com' },
      action: 'sts:AssumeRole',
      resource: callerRoleArn,
      resourceAccountId: B,
      context: JSON.parse('{"__proto__":"x","aws:RequestTag/a":"b"}'),
    },
    { identity: [], boundary: undefined, serviceControl: [], resourceControl: [] },
  );
  const read = written({ ...event, decisions: [denied] });
  expect(read?.decisions[0]?.context).toEqual({ 'aws:RequestTag/a': 'b', 'aws:ResourceAccount': B });
});
