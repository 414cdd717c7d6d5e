import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { createRemotePolicyReader } from './client.ts';
import { POLICIES_PATH } from './policy-control.ts';

const A = '111111111111';
const roleArn = `arn:aws:iam::${A}:role/reader`;
const document = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }],
};

let root: string;
let aws: LocalAws;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'policy-control-'));
  aws = await startLocalAws({ root, port: 0 });
  aws.directory.roles.create(A, {
    name: 'reader',
    path: '/',
    trustPolicy: {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
  });
  aws.directory.roles.putPolicy(A, 'reader', 'inline', document);
});
afterAll(async () => {
  await aws?.close();
  await rm(root, { recursive: true, force: true });
});

test('another process reads the deployed policies, and leaves no trace', async () => {
  const reader = createRemotePolicyReader({ url: aws.url, root });
  expect(await reader.role(roleArn)).toMatchObject({
    arn: roleArn,
    trust: { name: 'trust policy of role reader' },
    policies: [{ name: 'inline policy inline of role reader', document }],
  });
  expect((await reader.user(`arn:aws:iam::${A}:user/administrator`))?.policies).toHaveLength(1);
  expect(await reader.role(`${roleArn}s`)).toBeUndefined();
  expect(await reader.organization(A)).toBeUndefined();
  expect(await reader.function(`arn:aws:lambda:us-east-1:${A}:function:f`)).toBeUndefined();
  expect(await reader.api({ accountId: A, region: 'us-east-1', apiId: 'a' })).toBeUndefined();
  expect(aws.trace.events()).toEqual([]);
});

test('without the token, from a web page, or with another question, nothing is read', async () => {
  const token = (await readFile(join(root, '.local-aws/control-token'), 'utf8')).trim();
  const ask = async (headers: Readonly<Record<string, string>>, body: object, method = 'POST') => {
    const init = { method, ...(method === 'POST' && { body: JSON.stringify(body) }) };
    const response = await fetch(`${aws.url}${POLICIES_PATH}`, {
      ...init,
      headers: { 'content-type': 'application/json', ...headers },
    });
    return response.status;
  };
  const question = { read: 'role', of: roleArn };
  const authorization = `Bearer ${token}`;
  expect(await ask({}, question)).toBe(401);
  expect(await ask({ authorization: 'Bearer x' }, question)).toBe(401);
  expect(await ask({ authorization, origin: aws.url }, question)).toBe(403);
  expect(await ask({ authorization, 'content-type': 'text/plain' }, question)).toBe(415);
  expect(await ask({ authorization }, { read: 'constructor', of: roleArn })).toBe(400);
  expect(await ask({ authorization }, question, 'GET')).toBe(405);
  expect(await ask({ authorization }, question)).toBe(200);
});

describe('says how to go on', () => {
  const token = () => join(root, '.local-aws/control-token');
  const read = (url = aws.url) => createRemotePolicyReader({ url, root }).role(roleArn);

  test('if the token was changed, or deleted', async () => {
    const own = await readFile(token(), 'utf8');
    await writeFile(token(), 'another-token-of-some-length');
    await expect(read()).rejects.toMatchObject({
      code: 'NO_CONTROL',
      message: `${token()} is not the token of the local AWS that runs. End local AWS with Ctrl-C in its terminal, and start it again: it then writes its files anew.`,
    });
    await rm(token());
    await expect(read()).rejects.toThrow(/control-token cannot be read .*\. End local AWS with Ctrl-C/);
    await writeFile(token(), own, { mode: 0o600 });
    expect(await read()).toBeDefined();
  });

  test('if local AWS has ended meanwhile', async () => {
    await expect(read('http://127.0.0.1:1')).rejects.toThrow(
      /^Local AWS does not answer at http:\/\/127\.0\.0\.1:1 \(.*ECONNREFUSED.*\)\. Start it again\.$/,
    );
  });
});
