import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roleArn } from './fake-sts.testing.ts';
import { cleanUpAfterEachTest, listen, serveSts, success } from './fake-sts-server.testing.ts';
import { createAssumedRole } from './index.ts';

cleanUpAfterEachTest();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assume-role-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A program outside Lambda: it has an STS, and no credentials in its environment. */
async function outsideLambda(environment: NodeJS.ProcessEnv = {}) {
  const sts = await serveSts(({ parameters }) => ({
    body: success(parameters.get('Action') ?? '', `ASIA${parameters.get('RoleSessionName')}0000000000`),
  }));
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_') && name !== 'AWS_ENDPOINT_URL_STS') delete process.env[name];
  }
  const nothing = {
    AWS_CONFIG_FILE: write('config', ''),
    AWS_SHARED_CREDENTIALS_FILE: write('credentials', ''),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  Object.assign(process.env, nothing, environment);
  return {
    role: createAssumedRole({ roleArn, sessionName: 'report', region: 'eu-west-1' }),
    /** Each action, and the access key that signed it. */
    calls: () =>
      sts.received.map(({ headers, parameters }) => [
        parameters.get('Action'),
        /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1],
      ]),
  };
}

test('outside Lambda, STS is asked with the credentials of a profile', async () => {
  const { role, calls } = await outsideLambda({ AWS_PROFILE: 'billing' });
  const keys = 'aws_access_key_id = AKIAPROFILE000000001\naws_secret_access_key = secret\n';
  write('credentials', `[billing]\n${keys}`);
  await role();
  expect(calls()).toEqual([['AssumeRole', 'AKIAPROFILE000000001']]);
});

test('outside Lambda, STS is asked with the credentials of the role that a profile assumes', async () => {
  const { role, calls } = await outsideLambda({ AWS_PROFILE: 'billing' });
  write('credentials', '[base]\naws_access_key_id = AKIABASE000000000001\naws_secret_access_key = secret\n');
  const settings = `role_arn = ${roleArn}-of-profile\nsource_profile = base\nrole_session_name = profile\n`;
  write('config', `[profile billing]\nregion = eu-west-1\n${settings}`);
  await role();
  expect(calls()).toEqual([
    ['AssumeRole', 'AKIABASE000000000001'],
    ['AssumeRole', 'ASIAprofile0000000000'],
  ]);
});

test('outside Lambda, STS is asked with the credentials of a container, which are fetched once', async () => {
  const tokens: (string | undefined)[] = [];
  const endpoint = await listen((request, response) => {
    tokens.push(request.headers.authorization);
    const Expiration = new Date(Date.now() + 3_600_000).toISOString();
    const keys = { AccessKeyId: 'ASIACONTAINER0000001', SecretAccessKey: 'secret', Token: 'token' };
    response.end(JSON.stringify({ ...keys, Expiration }));
  });
  const { role, calls } = await outsideLambda({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'container-token',
  });
  await role();
  role.invalidate();
  await role();
  expect(calls()).toEqual([
    ['AssumeRole', 'ASIACONTAINER0000001'],
    ['AssumeRole', 'ASIACONTAINER0000001'],
  ]);
  expect(tokens).toEqual(['container-token']);
});

test('outside Lambda, STS is asked with the credentials that it gives for a web identity token', async () => {
  const { role, calls } = await outsideLambda({
    AWS_WEB_IDENTITY_TOKEN_FILE: write('token', 'web-identity-token'),
    AWS_ROLE_ARN: 'arn:aws:iam::222222222222:role/pod',
    AWS_ROLE_SESSION_NAME: 'pod',
    AWS_REGION: 'eu-west-1',
  });
  await role();
  expect(calls()).toEqual([
    ['AssumeRoleWithWebIdentity', undefined],
    ['AssumeRole', 'ASIApod0000000000'],
  ]);
});

test('without any credentials, STS is not asked, and the message says what to check', async () => {
  const { role, calls } = await outsideLambda();
  const error = await role().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'CredentialsUnavailable', reasonCode: 'CredentialsProviderError' });
  expect(String(error)).toMatch(
    /The program's own credentials did not come, so STS was not asked: .*\. Check where they come from\.$/,
  );
  expect(calls()).toEqual([]);
});

test('if the endpoint of a container sends a malformed date, the error is of the own credentials, and not of STS', async () => {
  const endpoint = await listen((_request, response) => {
    const keys = { AccessKeyId: 'ASIACONTAINER0000001', SecretAccessKey: 'secret', Token: 'token' };
    response.end(JSON.stringify({ ...keys, Expiration: 'tomorrow' }));
  });
  const { role, calls } = await outsideLambda({ AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint });
  // The SDK asks the endpoint again for three seconds, so that on a busy machine the time ends before it says why.
  await expect(role()).rejects.toThrow(
    /The program's own credentials did not come(?: in time, so STS was not asked|, so STS was not asked: Invalid RFC-3339 date-time value)\. Check where they come from\.$/,
  );
  expect(calls()).toEqual([]);
});
