import { join } from 'node:path';
import { APIGatewayClient, CreateDeploymentCommand, UpdateRestApiCommand } from '@aws-sdk/client-api-gateway';
import {
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { plainPalette } from '@cross-account-api/command-line/text';
import {
  API_ROLE,
  articlePython,
  CALLER_ROLE,
  deployArticle,
} from '../../../../local-aws/test/article/article.testing.ts';
import { readCall } from '../../call/call-options.ts';
import type { Link } from '../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from '../../stage/test-pair.testing.ts';
import { explainCall } from './explain-call.ts';

/*
 * The article's stack, unmodified, broken in ten ways. Each time the function itself calls, and fails; then `explain` names the link
 * that broke, and only this one.
 */

let pair: TestPair;
let clients: { apiIam: IAMClient; callerIam: IAMClient; lambda: LambdaClient; gateway: APIGatewayClient };
let api: { readonly id: string; readonly url: string };
/** The function's answer. */
async function call(): Promise<{ readonly status?: number; readonly errorType?: string }> {
  const { Payload } = await clients.lambda.send(new InvokeCommand({ FunctionName: 'caller' }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

/** The links that do not hold, with the changes that `explain` proposes. */
async function explain(changes: Parameters<typeof readCall>[0] = {}) {
  const asked = await readCall({
    api: api.url,
    route: ['POST /greet'],
    caller: `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:caller`,
    role: `arn:aws:iam::${API_ACCOUNT}:role/${API_ROLE}`,
    'session-name': 'session',
    'caller-profile': 'local-caller',
    'api-profile': 'local-api',
    ...changes,
  });
  const { document, lines, exitCode } = await explainCall(asked, () => ({
    palette: plainPalette,
    width: 100,
  }));
  const { links } = document as { readonly links: readonly Link[] };
  return { exitCode, text: lines.join('\n'), links: links.filter(({ state }) => state !== 'holds') };
}

type Undo = () => Promise<unknown>;
type Iam = 'apiIam' | 'callerIam';

const documentOf = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: statement });
const allow = (Action: string | readonly string[], Resource = '*') =>
  documentOf({ Effect: 'Allow', Action, Resource });

/** Replaces an inline policy, or removes it. */
async function setPolicy(iam: Iam, RoleName: string, PolicyName: string, document?: string): Promise<Undo> {
  const client = clients[iam];
  const policy = { RoleName, PolicyName };
  const before = decodeURIComponent(
    (await client.send(new GetRolePolicyCommand(policy))).PolicyDocument ?? '',
  );
  if (document === undefined) await client.send(new DeleteRolePolicyCommand(policy));
  else await client.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: document }));
  return () => client.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: before }));
}

/** Replaces the trust policy of a role. */
async function setTrust(iam: Iam, RoleName: string, statement: object): Promise<Undo> {
  const client = clients[iam];
  const { Role } = await client.send(new GetRoleCommand({ RoleName }));
  const set = (PolicyDocument: string) =>
    client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  await set(documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole', ...statement }));
  return () => set(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
}

/** Changes a variable of the calling function. */
async function setVariable(name: 'IAM_ROLE_ARN' | 'API_URL', value: string): Promise<Undo> {
  const set = (changed: object) =>
    clients.lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'caller',
        Environment: {
          Variables: {
            IAM_ROLE_ARN: `arn:aws:iam::${API_ACCOUNT}:role/${API_ROLE}`,
            API_URL: `${api.url}/greet`,
            ...changed,
          },
        },
      }),
    );
  await set({ [name]: value });
  return () => set({});
}

/** Sets the API's resource policy, and deploys it. */
async function setApiPolicy(value: string): Promise<void> {
  const patchOperations = [{ op: 'replace' as const, path: '/policy', value }];
  await clients.gateway.send(new UpdateRestApiCommand({ restApiId: api.id, patchOperations }));
  await clients.gateway.send(new CreateDeploymentCommand({ restApiId: api.id, stageName: 'dev' }));
}

interface Break {
  readonly name: string;
  breakIt(): Promise<Undo>;
  /** The answer of the function. */
  readonly answer: object;
  /** The link that breaks, and what `explain` says about it. */
  readonly link: Link['kind'];
  readonly text: RegExp;
  /** The options of `explain` that differ, because the function has other values. */
  readonly asked?: Parameters<typeof readCall>[0];
}

const assumeRoleDenied = { errorType: 'ClientError' };
const breaks = [
  {
    name: 'the caller’s role may not assume the API’s role',
    breakIt: () => setPolicy('callerIam', CALLER_ROLE, 'AssumeRole'),
    answer: assumeRoleDenied,
    link: 'assume role',
    text: /no identity-based policy allows/,
  },
  {
    name: 'the caller’s role may assume another role only',
    breakIt: () =>
      setPolicy(
        'callerIam',
        CALLER_ROLE,
        'AssumeRole',
        allow('sts:AssumeRole', `arn:aws:iam::${API_ACCOUNT}:role/another`),
      ),
    answer: assumeRoleDenied,
    link: 'assume role',
    text: /no identity-based policy allows/,
  },
  {
    name: 'the API’s role trusts another account',
    breakIt: () => setTrust('apiIam', API_ROLE, { Principal: { AWS: `arn:aws:iam::${API_ACCOUNT}:root` } }),
    answer: assumeRoleDenied,
    link: 'assume role',
    text: /no role trust policy allows/,
  },
  {
    name: 'the API’s role asks for an external ID, which this caller never sends',
    breakIt: () =>
      setTrust('apiIam', API_ROLE, {
        Principal: { AWS: `arn:aws:iam::${CALLER_ACCOUNT}:role/${CALLER_ROLE}` },
        Condition: { StringEquals: { 'sts:ExternalId': 'secret' } },
      }),
    answer: assumeRoleDenied,
    link: 'assume role',
    text: /sts:ExternalId/,
  },
  {
    name: 'the function has the ARN of a role that does not exist',
    breakIt: () => setVariable('IAM_ROLE_ARN', `arn:aws:iam::${API_ACCOUNT}:role/ApiGatewayInvokeRol`),
    answer: assumeRoleDenied,
    link: 'assume role',
    text: /There is no role .*ApiGatewayInvokeRol,/,
    asked: { role: `arn:aws:iam::${API_ACCOUNT}:role/ApiGatewayInvokeRol` },
  },
  {
    name: 'Lambda may not become the caller’s role',
    async breakIt() {
      // A running environment keeps its credentials.
      await setVariable('API_URL', `${api.url}/greet`);
      return setTrust('callerIam', CALLER_ROLE, { Principal: { Service: 'ec2.amazonaws.com' } });
    },
    answer: { refused: true },
    link: 'function role',
    text: /no role trust policy allows/,
  },
  {
    name: 'the role has no execute-api:Invoke',
    breakIt: () => setPolicy('apiIam', API_ROLE, 'Invoke', allow('lambda:InvokeFunction')),
    answer: { status: 403 },
    link: 'invoke route',
    text: /no identity-based policy allows/,
  },
  {
    name: 'the role has execute-api:Invoke, but the integration needs lambda:InvokeFunction of the caller',
    breakIt: () => setPolicy('apiIam', API_ROLE, 'Invoke', allow('execute-api:Invoke')),
    answer: { status: 500 },
    link: 'invoke function',
    text: /API Gateway invokes it with the credentials of the caller\./,
  },
  {
    name: 'the API’s policy denies the call',
    async breakIt() {
      const Resource = 'execute-api:/*';
      await setApiPolicy(
        documentOf([
          { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource },
          { Sid: 'Never', Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource },
        ]),
      );
      return () => setApiPolicy('');
    },
    answer: { status: 403 },
    link: 'invoke route',
    text: /denied by statement Never of resource policy/,
  },
  {
    name: 'the function calls a stage that the API has not',
    breakIt: () => setVariable('API_URL', `${api.url.replace('/dev', '/prod')}/greet`),
    answer: { status: 403 },
    link: 'deployment',
    text: /has no stage prod.*It has Stage, dev/,
    get asked() {
      return { api: api.url.replace('/dev', '/prod') };
    },
  },
] as const satisfies readonly Break[];

/** The name of a break. */
export type BreakName = (typeof breaks)[number]['name'];

/** Tests the stack as it is, and broken in these ways. Call it once in a test file. */
export function testArticle(names: readonly BreakName[]): void {
  const ifPython = articlePython === undefined ? test.skip : test;
  const chosen = breaks.filter(({ name }) => names.includes(name));

  beforeAll(async () => {
    if (articlePython === undefined) return;
    process.env.LOCAL_AWS_PYTHON = articlePython;
    pair = await startTestPair({ deploy: false });
    process.env.AWS_CONFIG_FILE = join(pair.root, '.local-aws/config');
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(pair.root, '.local-aws/credentials');
    const { apiUrl } = await deployArticle(pair.sdk);
    api = { id: new URL(apiUrl).hostname.split('.', 1)[0] ?? '', url: apiUrl.replace(/\/greet$/, '') };
    clients = {
      apiIam: new IAMClient(pair.sdk(API_ACCOUNT)),
      callerIam: new IAMClient(pair.sdk(CALLER_ACCOUNT)),
      lambda: new LambdaClient(pair.sdk(CALLER_ACCOUNT)),
      gateway: new APIGatewayClient(pair.sdk(API_ACCOUNT)),
    };
  });
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy();
    await pair?.close();
  });

  ifPython('The chain of the article’s stack holds, as it is.', async () => {
    expect(await call()).toMatchObject({ status: 200 });
    expect(await explain()).toMatchObject({ exitCode: 0, links: [] });
  });

  ifPython.each(chosen)(
    'If $name, explain names the link.',
    async ({ breakIt, answer, link, text, ...more }: Break) => {
      const undo = await breakIt();
      try {
        expect(await call().catch(() => ({ refused: true }))).toMatchObject(answer);
        const explained = await explain(more.asked);
        expect(explained.exitCode).toBe(1);
        expect(explained.links[0]).toMatchObject({ kind: link, state: 'breaks' });
        expect(explained.links.filter(({ state }) => state === 'breaks')).toHaveLength(1);
        expect(explained.text).toMatch(text);
      } finally {
        await undo();
      }
      expect(await call()).toMatchObject({ status: 200 });
    },
  );
}
