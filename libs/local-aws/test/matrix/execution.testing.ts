import { decisionLine } from '../../../iam/src/authorization.testing.ts';
import { A } from '../running.testing.ts';
import { apiHost, type Bed, type Caller, type Statement } from './bed.testing.ts';

const everything: Statement = { Sid: 'Own', Effect: 'Allow', Action: '*', Resource: '*' };
/** The decision by AdministratorAccess. */
const admin = 'allowed: identity-based policy #1';

interface Sending {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the stage `dev` of the API `Main`. */
  readonly host?: (apiId: string) => string;
  readonly stage?: string;
}
type Row = readonly [
  situation: string,
  route: string,
  sending: Sending,
  status: number,
  type: string | undefined,
  message: string | RegExp | undefined,
  decisions: readonly string[],
];

const json = { 'Content-Type': 'application/json' };
const noToken = ['MissingAuthenticationTokenException', 'Missing Authentication Token'] as const;
const forbidden = ['ForbiddenException', 'Forbidden'] as const;
const internal = ['InternalServerErrorException', 'Internal server error'] as const;
const badBody = ['BadRequestException', 'Invalid request body'] as const;
const fine = [undefined, undefined] as const;
const lambda = 'allowed: resource-based policy';
const answer = (value: unknown) => `/echo/x?act=return&value=${encodeURIComponent(JSON.stringify(value))}`;

/** Situation, the route that an administrator calls, the answer, and the decisions: on the route, then on the function. */
const rows: readonly Row[] = [
  ['a path that is not deployed', 'GET /nothing', {}, 403, ...noToken, []],
  ['a method that is not deployed', 'DELETE /open', {}, 403, ...noToken, []],
  ['the root without a method', 'GET /', {}, 403, ...noToken, []],
  ['a path in another case', 'GET /Open', {}, 403, ...noToken, []],
  ['an encoded letter in a path', 'GET /%6Fpen', {}, 403, ...noToken, []],
  ['a greedy path without a rest', 'GET /files', {}, 403, ...noToken, []],
  ['a path parameter of two segments', 'GET /items/1/2', {}, 403, ...noToken, []],
  ['a stage that does not exist', 'GET /open', { stage: 'prod' }, 403, ...forbidden, []],
  ['a stage in another case', 'GET /open', { stage: 'Dev' }, 403, ...forbidden, []],
  ['a path without a stage', 'GET ', { stage: '' }, 403, ...forbidden, []],
  ['an API that does not exist', 'GET /open', { host: () => apiHost('aaaaaaaaaa') }, 403, ...forbidden, []],
  [
    'an API in another region',
    'GET /open',
    { host: (id) => apiHost(id).replace('us-east-1', 'eu-west-1') },
    403,
    ...forbidden,
    [],
  ],
  ['a path parameter', 'GET /items/1', {}, 200, ...fine, [admin]],
  ['any method of a greedy path', 'PATCH /files/a/b', {}, 200, ...fine, [admin]],
  [
    'a slash after the path, with which both paths must be allowed,',
    'GET /open/',
    {},
    200,
    ...fine,
    [admin, admin],
  ],
  ['a signed request to a route without authorization', 'GET /free', {}, 200, ...fine, []],
  [
    'a body that fits its model',
    'POST /strict?page=1',
    { headers: json, body: '{"text":"hi"}' },
    200,
    ...fine,
    [admin],
  ],
  [
    'a body without what the model requires',
    'POST /strict?page=1',
    { headers: json, body: '{}' },
    400,
    ...badBody,
    [admin],
  ],
  [
    'a body with more than the model has',
    'POST /strict?page=1',
    { headers: json, body: '{"text":"hi","x":1}' },
    400,
    ...badBody,
    [admin],
  ],
  ['a body that is not JSON', 'POST /strict?page=1', { headers: json, body: '{' }, 400, ...badBody, [admin]],
  ['a request without a body', 'POST /strict?page=1', { headers: json }, 400, ...badBody, [admin]],
  [
    'a request without a required parameter',
    'POST /strict',
    { headers: json, body: '{"text":"hi"}' },
    400,
    'BadRequestException',
    'Missing required request parameters: [page]',
    [admin],
  ],
  [
    'a body over 10 MB',
    'POST /open',
    { headers: json, body: ' '.repeat(10 * 1024 * 1024 + 1) },
    413,
    'RequestTooLongException',
    'Request Too Long',
    [],
  ],
  ['a function that API Gateway may invoke', 'GET /echo/x', {}, 200, ...fine, [admin, lambda]],
  [
    'a function without a permission',
    'GET /unpermitted',
    {},
    500,
    ...internal,
    [admin, 'missing: resource-based policy'],
  ],
  [
    'a permission for another route (SourceArn)',
    'GET /wrong-source',
    {},
    500,
    ...internal,
    [admin, 'missing: resource-based policy (condition ArnLike AWS:SourceArn)'],
  ],
  [
    'a permission for another account (SourceAccount)',
    'GET /wrong-account',
    {},
    500,
    ...internal,
    [admin, 'missing: resource-based policy (condition StringEquals AWS:SourceAccount)'],
  ],
  [
    'a permission for another service',
    'GET /wrong-service',
    {},
    500,
    ...internal,
    [admin, 'missing: resource-based policy (Principal)'],
  ],
  ['a function that throws', 'GET /echo/x?act=throw', {}, 502, ...internal, [admin, lambda]],
  ['an answer that is a string', `GET ${answer('x')}`, {}, 502, ...internal, [admin, lambda]],
  [
    'an answer with an unknown member',
    `GET ${answer({ statusCode: 200, status: 1 })}`,
    {},
    502,
    ...internal,
    [admin, lambda],
  ],
  [
    'an answer with a body that is not a string',
    `GET ${answer({ statusCode: 200, body: {} })}`,
    {},
    502,
    ...internal,
    [admin, lambda],
  ],
  [
    'an answer with an impossible status',
    `GET ${answer({ statusCode: 99 })}`,
    {},
    502,
    ...internal,
    [admin, lambda],
  ],
  [
    'an answer with an impossible header',
    `GET ${answer({ headers: { 'a b': 'x' } })}`,
    {},
    502,
    ...internal,
    [admin, lambda],
  ],
  [
    "an answer with the function's own error",
    `GET ${answer({ statusCode: 418, body: '{"message":"teapot"}' })}`,
    {},
    418,
    undefined,
    'teapot',
    [admin, lambda],
  ],
  [
    'a function that outlasts the integration timeout',
    'GET /patient?act=sleep&value=150',
    {},
    504,
    internal[0],
    'Endpoint request timed out',
    [admin],
  ],
];

/** Cases of routing, validation, limits and integrations. */
export function executionCases(bed: () => Bed, administrator: () => Caller): void {
  test.each(rows)(
    '%s gets the answer of API Gateway',
    async (_situation, route, sending, status, type, message, decisions) => {
      const { running, outputs } = bed();
      const [method = '', path = ''] = route.split(' ');
      const { host = apiHost, stage = 'dev', ...rest } = sending;
      const apiHostName = host(outputs.Main ?? '');
      // A presigned URL does not sign headers, but API Gateway reads them: both forms get the same answer.
      for (const form of ['header', 'query'] as const) {
        if (form === 'query' && status === 413) continue;
        const { answer, error, event } = await running.call(
          {
            host: apiHostName,
            method,
            path: `/${stage}${path}`,
            service: 'execute-api',
            form,
            region: /execute-api\.([\w-]+)\./.exec(apiHostName)?.[1] ?? '',
            ...rest,
          },
          administrator().keys,
        );
        expect([answer.status, error.type]).toEqual([status, type]);
        if (message instanceof RegExp) expect(error.message).toMatch(message);
        else expect(error.message).toBe(message);
        expect(event.decisions.map(withoutGeneratedNames)).toEqual(decisions);
        expect(event.status).toBe(status);
      }
    },
  );

  test('a route without authorization answers an unsigned request', async () => {
    const host = apiHost(bed().outputs.Main ?? '');
    const { answer, event } = await bed().running.send({
      method: 'GET',
      path: '/dev/free',
      headers: { Host: host },
      body: '',
    });
    expect([answer.status, event.principal]).toEqual([200, undefined]);
  });

  test('the checks come in this order: route, signature, policies, throttling and model', async () => {
    const { running, outputs } = bed();
    const host = apiHost(outputs.Main ?? '');
    const nobody = (await bed().user(A)).keys;
    const wrong = { ...nobody, secretAccessKey: 'x' };
    const call = (path: string, keys: typeof nobody, body = '') =>
      running.call({ host, method: body === '' ? 'GET' : 'POST', path, body, service: 'execute-api' }, keys);
    const types = [
      await call('/prod/nothing', wrong),
      await call('/dev/nothing', wrong),
      await call('/dev/strict', wrong, '{'),
      await call('/dev/strict', nobody, '{'),
    ].map(({ error }) => error.type);
    expect(types).toEqual([
      'ForbiddenException',
      noToken[0],
      'InvalidSignatureException',
      'AccessDeniedException',
    ]);
  });

  test('a method with a burst of one and one call in ten seconds is throttled', async () => {
    const call = async () => {
      const { answer, error } = await bed().invoke('GET /rare', administrator().keys);
      return [answer.status, error.type, error.message];
    };
    const allowed = [200, undefined, undefined];
    const throttled = [429, 'TooManyRequestsException', 'Too Many Requests'];
    expect(await call()).toEqual(allowed);
    expect(await call()).toEqual(throttled);
    bed().running.advance(11);
    expect(await call()).toEqual(allowed);
    expect(await call()).toEqual(throttled);
  });

  test('a refused request does not count towards throttling', async () => {
    const nobody = await bed().user(A);
    bed().running.advance(11);
    for (let i = 0; i < 3; i += 1)
      expect((await bed().invoke('GET /rare', nobody.keys)).answer.status).toBe(403);
    expect((await bed().invoke('GET /rare', administrator().keys)).answer.status).toBe(200);
  });

  test('the function sees who called', async () => {
    const role = await bed().role(A, { name: 'seen', statements: [everything] });
    const session = await bed().session(role, administrator().keys);
    const { directory } = bed().running.aws;
    directory.setOrganization({ id: 'o-matrix0000', accounts: [{ accountId: A, levels: [] }] });
    const { answer } = await bed().invoke('GET /echo/x', session.keys, {
      headers: { 'User-Agent': 'matrix/1.0' },
    });
    directory.setOrganization(undefined);
    expect(JSON.parse(answer.body)).toMatchObject({
      accountId: A,
      accessKey: session.keys.accessKeyId,
      caller: expect.stringMatching(/^AROA\w{17}:matrix$/),
      user: expect.stringMatching(/^AROA\w{17}:matrix$/),
      userArn: `arn:aws:sts::${A}:assumed-role/seen/matrix`,
      sourceIp: '127.0.0.1',
      userAgent: 'matrix/1.0',
      principalOrgId: 'o-matrix0000',
    });
  });
}

/** The decision without the Sids of permissions, which CloudFormation generates. */
function withoutGeneratedNames(decision: Parameters<typeof decisionLine>[0]): string {
  return decisionLine(decision)
    .replace(/(resource-based policy) matrix-\S+/, '$1')
    .replace(/\((matrix-[^:]*): /, '(');
}
