import {
  APIGatewayClient,
  CreateDeploymentCommand,
  UpdateRestApiCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { Change, Link, SettingChange } from '../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../stage/test-pair.testing.ts';
import { type CallPair, DOMAIN, EXTERNAL_ID, REGION, startCallPair } from './call-pair.testing.ts';
import type { CallExplanation } from './explain-call.ts';

let pair: CallPair;
let gateway: APIGatewayClient;
let apiIam: IAMClient;
let callerIam: IAMClient;
beforeAll(async () => {
  pair = await startCallPair();
  gateway = new APIGatewayClient(pair.sdk(API_ACCOUNT));
  apiIam = new IAMClient(pair.sdk(API_ACCOUNT));
  callerIam = new IAMClient(pair.sdk(CALLER_ACCOUNT));
});
afterAll(async () => {
  for (const client of [gateway, apiIam, callerIam]) client?.destroy();
  await pair?.close();
});

const linksOf = ({ document }: CallExplanation) => (document as { readonly links: readonly Link[] }).links;
const notHolding = (explained: CallExplanation) =>
  linksOf(explained).filter(({ state }) => state !== 'holds');
const changesOf = (explained: CallExplanation): readonly Change[] =>
  linksOf(explained).flatMap(({ remedies }) => remedies);

/** Changes a setting, as the printed command does. */
async function applySetting(change: Change | undefined): Promise<void> {
  const { operation, input } = change as SettingChange;
  switch (operation) {
    case 'CreateDeployment':
      await gateway.send(new CreateDeploymentCommand(input as never));
      return;
    case 'UpdateStage':
      await gateway.send(new UpdateStageCommand(input as never));
      return;
    case 'UpdateRestApi':
      await gateway.send(new UpdateRestApiCommand(input as never));
  }
}

describe('a call that is allowed', () => {
  test('has a chain that holds, from the function to the function behind the API', async () => {
    const { exitCode, lines, document } = await pair.explain();
    expect(lines.join('\n')).toContain(
      `billing-run of ${CALLER_ACCOUNT} calls ${pair.url}: the chain holds (11 links)`,
    );
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ state: 'holds', holds: true, caller: pair.callerArn, api: pair.url });
    expect(linksOf({ exitCode, lines, document }).map(({ kind }) => kind)).toEqual([
      'function state',
      'function role',
      'assume role',
      'signature',
      'endpoint',
      'deployment',
      'invoke route',
      'throttling',
      'invoke function',
      'function state',
      'function role',
    ]);
  });

  test.each([
    ['from its role', () => ({ caller: pair.callerRoleArn })],
    ['with all routes', () => ({ route: undefined })],
    ['with the path as the API has it', () => ({ route: ['GET /orders/{id}'] })],
    ['for as long as a role may', () => ({ duration: '3600' })],
    ['at its custom domain', () => ({ api: `https://${DOMAIN}/shop` })],
    ['at its custom domain, with its region', () => ({ api: `https://${DOMAIN}/shop/`, region: REGION })],
  ])('%s', async (_what, changes) => {
    expect(notHolding(await pair.explain(changes()))).toEqual([]);
  });
});

describe('a wrong value of the request is named, with the right value', () => {
  test.each([
    ['the external ID', { 'external-id': 'x' }, 'assume role', 'sts:ExternalId', EXTERNAL_ID],
    ['a session that is too long', { duration: '3601' }, 'session length', 'DurationSeconds', '3600'],
    ['a session that is too short', { duration: '60' }, 'session length', 'DurationSeconds', '900'],
    [
      'the region of the signature',
      { 'signed-for': 'eu-west-1/execute-api' },
      'signature',
      'credential scope',
      'us-east-1/execute-api',
    ],
    [
      'its service',
      { 'signed-for': 'us-east-1/lambda' },
      'signature',
      'credential scope',
      'us-east-1/execute-api',
    ],
  ])('%s', async (_what, changes, kind, key, value) => {
    const explained = await pair.explain(changes);
    expect(explained.exitCode).toBe(1);
    expect(notHolding(explained)).toMatchObject([
      { kind, state: 'breaks', remedies: [{ change: 'request', key, value, accountId: CALLER_ACCOUNT }] },
    ]);
  });

  test('two mistakes at once are both named', async () => {
    const explained = await pair.explain({ 'external-id': 'x', duration: '7200' });
    expect(notHolding(explained).map(({ kind }) => kind)).toEqual(['assume role', 'session length']);
    expect(explained.lines.join('\n')).toContain('the chain is broken at 2 of 12 links');
  });

  test.each([
    [
      'a route that is nowhere',
      { route: ['GET /order'] },
      'deployment',
      /The stage serves GET \/orders\/\{id\}/,
    ],
    [
      'another stage',
      () => ({ api: pair.url.replace('/v1', '/v2') }),
      'deployment',
      /has no stage v2: .*It has v1/,
    ],
    [
      'another API',
      () => ({ api: pair.url.replace(pair.apiId, 'abcdefghij') }),
      'endpoint',
      /has no REST API or HTTP API abcdefghij in us-east-1/,
    ],
    [
      'another base path',
      { api: `https://${DOMAIN}/shops` },
      'endpoint',
      /no mapping for \/shops .*It has \/shop\./,
    ],
    [
      'another domain',
      { api: 'https://api.example.com/shop' },
      'endpoint',
      /no custom domain api\.example\.com/,
    ],
    [
      'a function that does not exist',
      () => ({ caller: `${pair.callerArn}s` }),
      'configuration',
      /There is no function .*:billing-runs\./,
    ],
    [
      'a role that does not exist',
      () => ({ role: `${pair.roleArn}s` }),
      'assume role',
      /There is no role .*\/orders-accesss, which the caller is configured with/,
    ],
    [
      'a role without its path',
      () => ({ role: pair.roleArn.replace('/partners', '') }),
      'assume role',
      /There is arn:aws:iam::\d+:role\/partners\/orders-access: the path is part/,
    ],
  ])('%s', async (_what, changes, kind, problem) => {
    const explained = await pair.explain(typeof changes === 'function' ? changes() : changes);
    expect(explained.exitCode).toBe(1);
    expect(linksOf(explained).find(({ state }) => state === 'breaks')).toMatchObject({
      kind,
      problem: expect.stringMatching(problem),
    });
  });
});

describe('a wrong deployment is named with the account, and the proposed change repairs it', () => {
  test("the caller's permission to assume the role", async () => {
    const policy = { RoleName: 'billing-role', PolicyName: 'main' };
    await callerIam.send(new DeleteRolePolicyCommand(policy));
    const explained = await pair.explain();
    expect(notHolding(explained)).toMatchObject([
      { kind: 'assume role', decision: { missing: 'identity-based policy' } },
    ]);
    const [change] = changesOf(explained);
    expect(change).toMatchObject({ change: 'add statement', accountId: CALLER_ACCOUNT });
    expect(explained.lines.join('\n')).toContain(
      `in account ${CALLER_ACCOUNT}: add to a policy of ${pair.callerRoleArn}`,
    );
    const Statement = change?.change === 'add statement' ? change.statement : {};
    await callerIam.send(
      new PutRolePolicyCommand({
        ...policy,
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
    expect((await pair.explain()).exitCode).toBe(0);
  });

  test('a route that was not deployed since it was added', async () => {
    await pair.setRoute(true);
    const route = ['POST /orders'];
    const explained = await pair.explain({ route });
    expect(notHolding(explained)).toMatchObject([
      { kind: 'deployment', problem: expect.stringContaining('Deploy the API.') },
    ]);
    const [change] = changesOf(explained);
    expect(change).toMatchObject({
      accountId: API_ACCOUNT,
      operation: 'CreateDeployment',
      input: { restApiId: pair.apiId, stageName: 'v1' },
    });
    expect(explained.lines.join('\n')).toContain(
      `aws apigateway create-deployment --region us-east-1 --cli-input-json '{"restApiId":"${pair.apiId}","stageName":"v1"}'`,
    );
    await applySetting(change);
    expect((await pair.explain({ route })).exitCode).toBe(0);
    await pair.setRoute(false);
    const removed = await pair.explain({ route });
    expect(linksOf(removed).find(({ kind }) => kind === 'deployment')).toMatchObject({
      state: 'holds',
      note: expect.stringContaining('it ends with the next deployment'),
    });
  });

  test.each([
    ['of all routes', '/*/*', 'rate', 'all but the first 5000 requests'],
    ['of the route', '/~1orders~1{id}/GET', 'burst', 'every request'],
  ])('a limit %s that lets nothing through', async (_what, path, limit, refused) => {
    const stage = { restApiId: pair.apiId, stageName: 'v1' };
    const value = { op: 'replace' as const, path: `${path}/throttling/${limit}Limit`, value: '0' };
    await gateway.send(new UpdateStageCommand({ ...stage, patchOperations: [value] }));
    const explained = await pair.explain();
    expect(notHolding(explained)).toMatchObject([
      { kind: 'throttling', problem: expect.stringContaining(`${refused} 429 Too Many Requests`) },
    ]);
    for (const change of changesOf(explained)) await applySetting(change);
    expect((await pair.explain()).exitCode).toBe(0);
  });

  test('a disabled default endpoint, at which the custom domain still answers', async () => {
    const patchOperations = [{ op: 'replace' as const, path: '/disableExecuteApiEndpoint', value: 'true' }];
    await gateway.send(new UpdateRestApiCommand({ restApiId: pair.apiId, patchOperations }));
    const explained = await pair.explain();
    expect(notHolding(explained)).toMatchObject([
      { kind: 'endpoint', problem: expect.stringContaining('403 Forbidden') },
    ]);
    expect((await pair.explain({ api: `https://${DOMAIN}/shop` })).exitCode).toBe(0);
    for (const change of changesOf(explained)) await applySetting(change);
    expect((await pair.explain()).exitCode).toBe(0);
  });
});

describe('with one profile', () => {
  test("the caller's side is judged, and the needs of the API's account are listed", async () => {
    const explained = await pair.explain({ 'api-profile': undefined });
    expect(explained.exitCode).toBe(2);
    expect(linksOf(explained).filter(({ state }) => state === 'breaks')).toEqual([]);
    const [assume, call] = notHolding(explained);
    expect(assume?.needs).toMatchObject([
      {
        kind: 'role trust policy',
        accountId: API_ACCOUNT,
        statement: {
          Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` },
          Condition: {
            ArnEquals: { 'aws:PrincipalArn': pair.callerRoleArn },
            StringEquals: { 'sts:ExternalId': EXTERNAL_ID },
          },
        },
      },
    ]);
    expect(call?.needs).toMatchObject([
      {
        kind: 'identity-based policy',
        statement: {
          Resource: `arn:aws:execute-api:${REGION}:${API_ACCOUNT}:${pair.apiId}/v1/GET/orders/7`,
        },
      },
    ]);
    expect(explained.lines.join('\n')).toContain(
      `cannot be read without a profile of account ${API_ACCOUNT}`,
    );
  });

  test("the caller's missing permission is named, and not the trust policy that nobody could read", async () => {
    const policy = { RoleName: 'billing-role', PolicyName: 'main' };
    const { PolicyDocument } = await callerIam.send(new GetRolePolicyCommand(policy));
    await callerIam.send(new DeleteRolePolicyCommand(policy));
    const explained = await pair.explain({ 'api-profile': undefined });
    const sound = decodeURIComponent(PolicyDocument ?? '');
    await callerIam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: sound }));
    expect(explained.exitCode).toBe(1);
    expect(notHolding(explained)[0]).toMatchObject({
      kind: 'assume role',
      state: 'breaks',
      decision: { missing: 'identity-based policy' },
      remedies: [{ kind: 'identity-based policy', accountId: CALLER_ACCOUNT }],
      needs: [{ kind: 'role trust policy', accountId: API_ACCOUNT }],
    });
    expect(explained.lines.join('\n')).not.toContain('which was not read');
  });

  test("the caller's side that is broken breaks the chain", async () => {
    const policy = { RoleName: 'billing-role', PolicyName: 'deny' };
    const Statement = { Sid: 'Never', Effect: 'Deny', Action: 'sts:*', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await callerIam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument }));
    const explained = await pair.explain({ 'api-profile': undefined });
    await callerIam.send(new DeleteRolePolicyCommand(policy));
    expect(explained.exitCode).toBe(1);
    expect(explained.lines.join('\n')).toContain('denied by statement Never of inline policy deny');
  });

  test('a caller that calls as itself needs a statement in the resource policy', async () => {
    const call = { role: undefined, 'external-id': undefined, 'api-profile': undefined };
    await expect(pair.explain(call)).rejects.toThrow(
      'Give --api-profile or, if there is none, --api-account',
    );
    const explained = await pair.explain({ ...call, 'api-account': API_ACCOUNT });
    expect(explained.exitCode).toBe(1);
    const invoke = linksOf(explained).find(({ kind }) => kind === 'invoke route');
    expect(invoke).toMatchObject({
      state: 'breaks',
      remedies: [{ kind: 'identity-based policy', accountId: CALLER_ACCOUNT }],
      needs: [{ kind: 'resource-based policy', accountId: API_ACCOUNT }],
    });
  });

  test("the API's side is judged, and the needs of the caller's account are listed", async () => {
    const call = { caller: pair.callerRoleArn, 'caller-profile': undefined };
    const explained = await pair.explain(call);
    expect(explained.exitCode).toBe(2);
    expect(notHolding(explained)).toMatchObject([
      {
        kind: 'assume role',
        needs: [
          {
            kind: 'identity-based policy',
            accountId: CALLER_ACCOUNT,
            statement: { Action: 'sts:AssumeRole', Resource: pair.roleArn },
          },
        ],
      },
    ]);
    const wrong = await pair.explain({ ...call, 'external-id': 'x' });
    expect(wrong.exitCode).toBe(1);
    expect(notHolding(wrong)).toMatchObject([{ kind: 'assume role', state: 'breaks' }]);
  });

  test('for a function that cannot be read, the role must be given', async () => {
    const explained = await pair.explain({ 'caller-profile': undefined });
    expect(explained.exitCode).toBe(2);
    expect(explained.lines.join('\n')).toContain('or --caller with the ARN of its role');
  });
});

describe('the message that AWS gave', () => {
  const invoke = (end = '') =>
    JSON.stringify({
      Message: `User: arn:aws:sts::${API_ACCOUNT}:assumed-role/orders-access/billing-run is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:${REGION}:********1111:${pair.apiId}/v1/GET/orders/7${end}`,
    });
  const only = (values: object) => ({
    api: undefined,
    route: undefined,
    caller: undefined,
    role: undefined,
    'external-id': undefined,
    'caller-profile': undefined,
    'api-profile': undefined,
    ...values,
  });
  const profiles = { 'caller-profile': 'local-caller', 'api-profile': 'local-api' };

  test('of a call that is allowed now is answered so', async () => {
    const error = invoke(' because no identity-based policy allows the execute-api:Invoke action');
    const explained = await pair.explain(only({ ...profiles, error }));
    expect(explained.lines.join('\n')).toContain('Allowed now; invoke again.');
    expect(explained.exitCode).toBe(0);
    expect(explained.document).toMatchObject({
      error: { form: 'not authorized', policy: 'identity-based policy' },
      conclusion: expect.stringContaining('Allowed now'),
    });
  });

  test('of a route that no policy allows is explained by the statement', async () => {
    const error = invoke().replace('GET/orders/7', 'GET/orders');
    const explained = await pair.explain(only({ ...profiles, error }));
    expect(explained.exitCode).toBe(1);
    expect(notHolding(explained)).toMatchObject([{ kind: 'deployment' }]);
  });

  test('with the caller, is explained with AssumeRole, too', async () => {
    const options = { ...profiles, caller: pair.callerArn, error: invoke() };
    const explained = await pair.explain(only(options));
    expect(explained.exitCode).toBe(1);
    expect(notHolding(explained)).toMatchObject([
      { kind: 'assume role', remedies: [{ key: 'sts:ExternalId', value: EXTERNAL_ID }] },
    ]);
    expect((await pair.explain(only({ ...options, 'external-id': EXTERNAL_ID }))).exitCode).toBe(0);
  });

  test('of STS is explained for both sides', async () => {
    const error = `An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-role/billing-run is not authorized to perform: sts:AssumeRole on resource: ${pair.roleArn}`;
    const explained = await pair.explain(only({ ...profiles, error }));
    expect(explained.exitCode).toBe(1);
    expect(notHolding(explained)).toMatchObject([
      { kind: 'assume role', remedies: [{ key: 'sts:ExternalId', value: EXTERNAL_ID }] },
    ]);
    const right = await pair.explain(only({ ...profiles, error, 'external-id': EXTERNAL_ID }));
    expect(right.exitCode).toBe(0);
  });

  test('of Lambda, and that of a user, is answered as a question', async () => {
    const error = `User: arn:aws:iam::${CALLER_ACCOUNT}:user/administrator is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:${REGION}:${API_ACCOUNT}:function:orders-backend because no resource-based policy allows the lambda:InvokeFunction action`;
    const explained = await pair.explain(only({ ...profiles, error }));
    expect(explained.exitCode).toBe(1);
    expect(explained.lines.join('\n')).toContain('Denied: no resource-based policy allows it');
    const oneSide = await pair.explain(only({ 'caller-profile': 'local-caller', error }));
    expect(oneSide.exitCode).toBe(1);
    expect(oneSide.lines.join('\n')).toContain(`no profile of account ${API_ACCOUNT} is given`);
  });

  const withoutOrganizations = {
    name: 'no organizations',
    match: { service: 'organizations', operation: '*' },
    effect: { type: 'error', status: 400, code: 'AccessDeniedException', message: 'No.' },
  } as const;

  describe('about a call that all policies which were read allow', () => {
    const deniedBy = (kind: string) => ` with an explicit deny in a ${kind}`;
    const allowedByNo = (kind: string) => ` because no ${kind} allows the execute-api:Invoke action`;
    // A message about an action that no link has is answered as a question.
    const ofUser = (end: string) =>
      `User: arn:aws:iam::${CALLER_ACCOUNT}:user/administrator is not authorized to perform: iam:GetRole on resource: ${pair.callerRoleArn}${end.replace('execute-api:Invoke', 'iam:GetRole')}`;

    test.each(
      ['service control policy', 'resource control policy', 'session policy', 'VPC endpoint policy'].flatMap(
        (kind) => [[deniedBy(kind), kind] as const, [allowedByNo(kind), kind] as const],
      ),
    )('does not become "allowed now" if it ends%s, which was not read', async (end, kind) => {
      for (const error of [invoke(end), ofUser(end)]) {
        const explained = await pair.explain(only({ ...profiles, error }));
        expect(explained.lines.join('\n')).toContain(
          `Everything that was read allows it. AWS named a ${kind}:`,
        );
        expect(explained.lines.join('\n')).not.toContain('Allowed now');
        expect(explained.exitCode).toBe(2);
      }
    });

    test.each([
      allowedByNo('identity-based policy'),
      allowedByNo('resource-based policy'),
      allowedByNo('permissions boundary'),
      deniedBy('permissions boundary'),
    ])('becomes "allowed now" if it ends%s, which was read', async (end) => {
      for (const error of [invoke(end), ofUser(end)]) {
        const explained = await pair.explain(only({ ...profiles, error }));
        expect(explained.lines.join('\n')).toContain('Allowed now; invoke again.');
        expect(explained.exitCode).toBe(0);
      }
    });

    test('does not become "allowed now" if AWS does not name the policy that denied it, and those of the organization were not read', async () => {
      pair.aws.faults.set({ rules: [withoutOrganizations] });
      for (const error of [invoke(' with an explicit deny'), ofUser(' with an explicit deny')]) {
        const explained = await pair.explain(only({ ...profiles, error }));
        expect(explained.lines.join('\n')).toContain('No policy that was read denies it.');
        expect(explained.exitCode).toBe(2);
      }
      pair.aws.faults.clear();
    });
  });

  describe('that names a kind of policy which is not what breaks the chain', () => {
    const breaksAtTheTrustPolicy = (error: string) =>
      pair.explain(only({ ...profiles, caller: pair.callerArn, error }));
    const assume = (end: string) =>
      `User: arn:aws:sts::${CALLER_ACCOUNT}:assumed-role/billing-role/billing-run is not authorized to perform: sts:AssumeRole on resource: ${pair.roleArn}${end}`;

    test.each([
      [
        'a session policy',
        'with an explicit deny in a session policy',
        /give its file with --session-policy\. The call may fail again/,
      ],
      [
        'a service control policy that does not deny',
        'with an explicit deny in a service control policy',
        /Those of account \d{12} were read, and none denies it now/,
      ],
      [
        'an identity-based policy that allows',
        'because no identity-based policy allows the sts:AssumeRole action',
        /Of this kind, nothing that was read lacks an allow now/,
      ],
    ])('says so of %s', async (_what, end, words) => {
      const explained = await breaksAtTheTrustPolicy(assume(` ${end}`));
      expect(explained.exitCode).toBe(1);
      expect(notHolding(explained)).toMatchObject([{ kind: 'assume role' }]);
      expect(explained.document).toMatchObject({
        conclusion: expect.stringMatching(words),
      });
    });

    test('names the policies of the organization that could not be read, and the command that reads them', async () => {
      pair.aws.faults.set({ rules: [withoutOrganizations] });
      const explained = await breaksAtTheTrustPolicy(
        assume(' with an explicit deny in a service control policy'),
      );
      pair.aws.faults.clear();
      expect(explained.lines.join('\n')).toContain(
        `aws organizations list-policies-for-target --target-id ${CALLER_ACCOUNT} --filter SERVICE_CONTROL_POLICY`,
      );
    });

    test('says nothing if the message and the chain agree', async () => {
      const explained = await breaksAtTheTrustPolicy(
        assume(' because no role trust policy allows the sts:AssumeRole action'),
      );
      expect(explained.exitCode).toBe(1);
      expect(explained.document).not.toHaveProperty('conclusion');
    });
  });

  test('that names the ARN of a policy shows it, and the command that reads it', async () => {
    const arn = 'arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1';
    const error = invoke(` with an explicit deny in a service control policy: ${arn}`);
    const explained = await pair.explain(only({ ...profiles, error }));
    expect(explained.document).toMatchObject({ error: { policyArn: arn } });
    expect(explained.lines.join('\n')).toContain(`service control policy ${arn} denies it`);
    expect(explained.lines.join('\n')).toContain('aws organizations describe-policy --policy-id p-1');
  });

  test('about another account than that of the profile is refused', async () => {
    const error = invoke().replace('********1111', '********9999');
    await expect(pair.explain(only({ ...profiles, error }))).rejects.toThrow(
      '--api-profile local-api belongs to',
    );
  });

  test.each([
    ['{"message":"Missing Authentication Token"}', 2, /the request is not signed, or .*no such route/],
    ['{"message":"Forbidden"}', 2, /no such API or stage/],
    ['{"message":"The security token included in the request is expired"}', 1, /have expired/],
    ['Good morning', 2, /No refusal of AWS is known in this text/],
  ])('alone, %s is explained with exit code %d', async (error, exitCode, words) => {
    const explained = await pair.explain(only({ error }));
    expect(explained.lines.join('\n')).toMatch(words);
    expect(explained.lines.join('\n').includes('--api-profile')).toBe(exitCode === 2);
    expect(explained.exitCode).toBe(exitCode);
  });

  test('without details is explained by the chain', async () => {
    const error = '{"message":"Missing Authentication Token"}';
    const explained = await pair.explain({ error, route: ['GET /order'] });
    expect(explained.exitCode).toBe(1);
    expect(explained.lines.join('\n')).toContain('Neither the API nor its deployment');
    const holds = await pair.explain({ error });
    expect(holds.lines.join('\n')).toContain('Nothing that was read refuses the call now');
  });

  test('about the request itself is not blamed on the policies', async () => {
    const error = '{"message":"The security token included in the request is expired"}';
    const explained = await pair.explain({ error });
    expect(explained.exitCode).toBe(1);
    expect(explained.lines.join('\n')).toContain('What AWS answered is about the request itself');
  });
});

test('a profile of another account than the caller is refused', async () => {
  await expect(pair.explain({ 'caller-profile': 'local-api' })).rejects.toMatchObject({
    code: 'NOT_CONFIGURED',
    message: expect.stringContaining(`--caller is in account ${CALLER_ACCOUNT}`),
  });
});

describe('a refusal of a token of an identity provider', () => {
  const corp = `arn:aws:iam::${API_ACCOUNT}:saml-provider/corp`;
  const roleArn = `arn:aws:iam::${API_ACCOUNT}:role/from-corp`;
  const ofSaml = { error: 'Not authorized to perform sts:AssumeRoleWithSAML' };
  beforeAll(() =>
    apiIam.send(
      new CreateRoleCommand({
        RoleName: 'from-corp',
        AssumeRolePolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Principal: { Federated: corp },
            Action: 'sts:AssumeRoleWithSAML',
            Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
          },
        }),
      }),
    ),
  );
  const explain = (changes: Parameters<typeof pair.explain>[0]) =>
    pair.explain({
      api: undefined,
      caller: undefined,
      route: undefined,
      'external-id': undefined,
      ...changes,
    });

  test('is undecided if the trust policy can admit one: the conditions and what was not judged are named', async () => {
    const { exitCode, lines, document } = await explain({ ...ofSaml, role: roleArn });
    expect(exitCode).toBe(2);
    const text = lines.join('\n');
    expect(text).toContain(`? ${corp}: it depends on what is not seen here`);
    expect(text).toContain('StringEquals SAML:aud "https://signin.aws.amazon.com/saml"');
    expect(text).toContain('not judged: The assertion was not seen');
    expect(document).toMatchObject({
      conclusion: expect.stringMatching(/^Undecided/),
      trust: { verdicts: [{ provider: corp, outcome: 'depends' }] },
    });
  });

  test('is certain if it admits none, even if a caller is given that may assume the role', async () => {
    const { exitCode, lines } = await explain({ ...ofSaml, role: pair.roleArn, caller: pair.callerArn });
    expect(exitCode).toBe(1);
    expect(lines.join('\n')).toContain(
      'No statement allows it to an identity provider, so every token is refused.',
    );
  });

  test.each([
    ['the role does not exist', { role: `${roleArn}-2`, ...ofSaml }, 1, `There is no role ${roleArn}-2.`],
    [
      'its account is not open',
      { role: roleArn.replace(API_ACCOUNT, '333333333333'), ...ofSaml },
      2,
      'was not read: a profile of account 333333333333',
    ],
    [
      'no role is given',
      { role: undefined, ...ofSaml },
      2,
      'Give --role, and --api-profile or --caller-profile',
    ],
  ])('if %s, it says so', async (_what, changes, code, text) => {
    const { exitCode, lines } = await explain(changes);
    expect([exitCode, lines.join('\n')]).toEqual([code, expect.stringContaining(text)]);
  });
});
