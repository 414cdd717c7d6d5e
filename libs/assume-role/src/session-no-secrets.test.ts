import { inspect } from 'node:util';
import fc from 'fast-check';
import { codePoint } from './code-point.testing.ts';
import { FakeSts, roleArn } from './fake-sts.testing.ts';
import { AssumeRoleDenied, CredentialsUnavailable, createAssumedRole } from './index.ts';
import { holdTimeInEachTest, MINUTE, setUp } from './session.testing.ts';
import { type StsClient, stsClient } from './sts.ts';

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});
holdTimeInEachTest();

const KEY = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TOKEN = `IQoJb3JpZ2luX2VjE${'Ab/+9='.repeat(60)}==`;
const CANONICAL = "\n\nThe Canonical String for this request should have been\n'POST\n/\n\nhost:sts\n'";

/** All that can be seen of an error. */
const shown = (error: unknown) => inspect(error, { depth: 20, showHidden: true, maxStringLength: null });

/** A client that has credentials, and rejects with an error. */
function failing(client: Partial<StsClient>, error: object): StsClient {
  return { ...client, assumeRole: () => Promise.reject(Object.assign(new Error(), error)) };
}

async function errorOf(client: StsClient, externalId?: string): Promise<unknown> {
  const role = createAssumedRole({ roleArn, sessionName: 'caller', client, externalId });
  return role().catch((error: unknown) => error);
}

const own = { secretAccessKey: KEY, sessionToken: TOKEN };

describe('the secrets of the credentials that a request was made with', () => {
  const environment = () => {
    Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: KEY, AWS_SESSION_TOKEN: TOKEN });
    return {};
  };
  const clients: [of: string, client: () => Partial<StsClient>][] = [
    ['the environment', environment],
    ['a client with a function', () => ({ config: { credentials: async () => own } })],
    ['a client with an object', () => ({ config: { credentials: own } })],
  ];

  const url = encodeURIComponent(TOKEN);
  test.each(
    clients.flatMap(([of, client]) =>
      [
        ['before the canonical string', `It has ${TOKEN} and ${KEY}.${CANONICAL}`],
        [
          'within the words before the canonical string',
          `It does not match.\n\nThe Canonical ${TOKEN}String of ${KEY}`,
        ],
        ['in the canonical string', `It does not match.${CANONICAL}x-amz-security-token:${TOKEN}`],
        ['around the canonical string', `${KEY}${CANONICAL}${KEY}`],
        ['percent-encoded', `token=${url}&key=${encodeURIComponent(KEY)}`],
        ['percent-encoded in lower case', `token=${url.replaceAll(/%../g, (hex) => hex.toLowerCase())}`],
        [
          'in base64',
          `It got ${Buffer.from(KEY).toString('base64')} and ${Buffer.from(`${TOKEN}\n`).toString('base64')}`,
        ],
        ['at the end of a long message', `${'a '.repeat(495)}${KEY}`],
      ].map(([where, message]) => ({ of, client, where, message })),
    ),
  )('no error shows the secrets of $of that STS repeats $where', async ({ client, message }) => {
    const error = await errorOf(failing(client(), { name: 'SignatureDoesNotMatch', message }));
    expect(error).toBeInstanceOf(CredentialsUnavailable);
    const text = shown(error);
    for (const secret of [KEY, TOKEN]) {
      const base64 = Buffer.from(secret).toString('base64');
      for (const form of [secret, encodeURIComponent(secret), base64.slice(0, -4)]) {
        expect(text).not.toContain(form);
      }
    }
    expect(text).not.toContain(KEY.slice(0, 8));
    expect(text).not.toMatch(/%2[fb]/i);
  });

  test.each(['code', 'name', '$metadata'])(
    'no error shows the secrets of the request that the error of the client has in %s',
    async (member) => {
      const value = member === '$metadata' ? { requestId: TOKEN } : `X${TOKEN}`;
      const client = failing({ config: { credentials: own } }, { message: 'no', [member]: value });
      const error = await errorOf(client);
      expect(shown(error)).not.toContain(TOKEN);
      expect(shown(error)).toContain('***');
    },
  );

  test('AssumeRoleDenied does not show the secrets of the request in the ARN of the caller', async () => {
    const message = `User: arn:aws:sts::222222222222:${TOKEN} is not authorized to perform: sts:AssumeRole`;
    const client = failing({ config: { credentials: own } }, { name: 'AccessDenied', message });
    const error = await errorOf(client);
    expect(error).toBeInstanceOf(AssumeRoleDenied);
    expect(shown(error)).toContain('arn:aws:sts::222222222222:***');
    expect(shown(error)).not.toContain(TOKEN);
  });

  test('no error shows a secret of the environment if the credentials of the client cannot be found', async () => {
    Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: KEY });
    const credentials = () => Promise.reject(new Error(`The key ${KEY} is wrong`));
    const error = await errorOf(failing({ config: { credentials } }, {}));
    expect(String(error)).toContain('The key *** is wrong');
  });

  test('the default client shows its credentials to the code that hides their secrets', async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE123456789', AWS_SECRET_ACCESS_KEY: KEY });
    const config = stsClient('eu-west-1').config as { credentials(): Promise<unknown> };
    expect(await config.credentials()).toMatchObject({ secretAccessKey: KEY });
  });
});

test('no error shows a signature', async () => {
  const signature = 'b312bbf9352c29d97ddd3bc9bb61ea1d72a71d22e39c8550eb7358071af45985';
  const client = failing({}, { name: 'SignatureDoesNotMatch', message: `Not x${signature}y` });
  expect(String(await errorOf(client))).toContain('SignatureDoesNotMatch: Not x***y');
});

test('no warning shows the secrets of the credentials that are in use', async () => {
  const Credentials = {
    AccessKeyId: 'ASIAEXAMPLE123456789',
    SecretAccessKey: KEY,
    SessionToken: TOKEN,
    Expiration: new Date(Date.now() + 60 * MINUTE),
  };
  let fails = false;
  const client: StsClient = {
    assumeRole: async () => {
      if (fails) throw Object.assign(new Error(`It got ${KEY} and ${TOKEN}`), { name: 'ValidationError' });
      return { Credentials };
    },
  };
  const { ageTo, role, warnings } = setUp({ client });
  await ageTo(4 * MINUTE);
  fails = true;
  await role();
  await jest.advanceTimersByTimeAsync(0);
  expect(warnings).toHaveLength(1);
  expect(JSON.stringify(warnings)).toContain('It got *** and ***');
});

test('placeholders, which are shorter than a secret of AWS, do not hide words of an error', async () => {
  Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: 'test', AWS_SESSION_TOKEN: '' });
  const error = await errorOf(failing({}, { name: 'ValidationError', message: 'the latest test' }));
  expect(String(error)).toContain('ValidationError: the latest test.');
});

test('no error shows the response of STS, or the request that the response quotes', async () => {
  const { sts, role } = setUp();
  sts.auto = (request) =>
    request.fail('SignatureDoesNotMatch', `It does not match${CANONICAL}`, { status: 403 });
  const error = await role().catch((e: unknown) => e);
  expect(shown(error)).toContain('SignatureDoesNotMatch: It does not match (STS');
  expect(shown(error)).not.toContain('must not be seen');
});

test('inspecting the provider shows no credentials', async () => {
  const { role } = setUp();
  await role();
  expect(shown(role)).not.toMatch(/secret-1|token-1/);
});

test.each([
  [undefined, 'none'],
  ['very-private', 'one'],
])(
  'AssumeRoleDenied does not show the external ID (%s), but says that the call sent %s',
  async (externalId, sent) => {
    const { sts, role } = setUp({ externalId });
    sts.auto = (request) => request.fail('AccessDenied', 'no');
    const error = await role().catch((e: unknown) => e);
    expect(String(error)).toContain(`(this call sent ${sent})`);
    expect(String(error)).not.toContain('very-private');
  },
);

test.each(['very:private/id', 'ab', '=.'])(
  'no error shows the external ID %s if STS repeats it',
  async (externalId) => {
    const message = `Value ${externalId} or ${encodeURIComponent(externalId)} at 'externalId'`;
    const sts = new FakeSts();
    sts.auto = (request) => request.fail('ValidationError', message);
    const error = await errorOf(sts.client, externalId);
    expect(String(error)).toContain("Value *** or *** at 'externalId'");
  },
);

test('no error shows a secret, wherever it is in the message of STS', async () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9/+=]{16,60}$/);
  const externalId = fc.stringMatching(/^[\w+=,.@:/-]{8,40}$/);
  const words = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 60 }),
    fc.constantFrom(CANONICAL, ' User: arn:aws:sts::222222222222:x is not authorized', 'Signature expired: '),
  );
  const form = fc.constantFrom<(secret: string) => string>(
    (value) => value,
    (value) => encodeURIComponent(value),
    (value) => Buffer.from(value).toString('base64'),
  );
  const names = fc.constantFrom('AccessDenied', 'SignatureDoesNotMatch', 'ValidationError');
  await fc.assert(
    fc.asyncProperty(
      fc.record({ secretAccessKey: secret, sessionToken: secret, externalId }),
      fc.array(fc.tuple(words, fc.constantFrom('secretAccessKey', 'sessionToken', 'externalId'), form)),
      words,
      names,
      async (known, parts, rest, name) => {
        const said = parts.map(([text, which, encode]) => `${text}${encode(known[which as 'externalId'])}`);
        const message = `${said.join('')}${rest}`;
        const client = failing({ config: { credentials: known } }, { name, message });
        const text = shown(await errorOf(client, known.externalId));
        for (const value of Object.values(known)) {
          expect(text).not.toContain(value);
          expect(text).not.toContain(encodeURIComponent(value));
          expect(text).not.toContain(Buffer.from(value).toString('base64').replace(/=+$/, ''));
        }
      },
    ),
    { numRuns: 300 },
  );
});
