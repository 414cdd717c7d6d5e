import type { LinkKind } from '../../chain/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, startTestPair, type TestPair } from '../test-pair.testing.ts';
import type { Statement } from './documents.testing.ts';
import { type BreakablePair, deployPair, type PolicyName } from './pair.testing.ts';
import type { Shape, Variant } from './templates.testing.ts';

/** The endpoint of the private API, and another one, which its policy does not admit. */
export const [VPCE, OTHER_VPCE] = ['vpce-0a1b2c3d', 'vpce-0ffffffff'];

type Repair = 'statement' | 'request' | 'command';

/** The change in `--json` for each repair. */
const changeOf = { statement: 'add statement', request: 'request', command: 'setting' } as const;

/** The refusal of a call, by the broken link of its chain. */
const refusals: Readonly<Partial<Record<LinkKind, RegExp>>> = {
  configuration: /ResourceNotFoundException: Function not found/,
  'function role': /cannot be assumed by Lambda|^500 /,
  'assume role': /AccessDenied: .* is not authorized to perform: sts:AssumeRole/,
  'session length': /ValidationError/,
  signature: /^403 .*Credential should be scoped/,
  endpoint: /^403 /,
  deployment: /^403 .*(Missing Authentication Token|Forbidden)/,
  'invoke route': /^403 .*is not authorized to perform: execute-api:Invoke/,
  throttling: /^429 .*Too Many Requests/,
  'invoke function': /^500 .*Internal server error/,
};

/**
 * A broken pair, the link that is named (and no other), and the repair: the statement to add, the value for the
 * request, or the command to run. If no change is proposed: the words that say what to correct.
 */
type Break = readonly [
  what: string,
  named: LinkKind | readonly LinkKind[],
  repairedBy: Repair | readonly Repair[] | RegExp,
  breaks: (pair: BreakablePair) => Promise<void> | void,
];

type Edit = (statements: readonly Statement[]) => readonly Statement[];
export const edit = (name: PolicyName, change: Edit) => (pair: BreakablePair) => pair.edit(name, change);
export const no = (sid: string) => (statements: readonly Statement[]) =>
  statements.filter(({ Sid }) => Sid !== sid);
export const only = (statement: Statement) => () => [statement];
export const more = (statement: Statement) => (statements: readonly Statement[]) => [
  ...statements,
  statement,
];
/** Changes an element of all statements in which it is. */
export const other = (element: string, value: unknown) => (statements: readonly Statement[]) =>
  statements.map((each) =>
    element in each && each.Sid !== undefined ? { ...each, [element]: value } : each,
  );
/** Changes a value in the condition of a statement. */
export const condition =
  (operator: string, key: string, value: string) => (statements: readonly Statement[]) =>
    statements.map((each) => {
      const conditions = (each.Condition ?? {}) as Readonly<Record<string, object>>;
      return { ...each, Condition: { ...conditions, [operator]: { ...conditions[operator], [key]: value } } };
    });

export const never = (Action: string, principal = {}) => ({
  Sid: 'Never',
  Effect: 'Deny',
  ...principal,
  Action,
  Resource: '*',
});
export const everybody = { Principal: '*' };
export const logs = only({ Effect: 'Allow', Action: 'logs:*', Resource: '*' });
export const trusts = (Principal: object) => only({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
export const request =
  (changes: Parameters<BreakablePair['request']>[0]) =>
  (pair: BreakablePair): void =>
    pair.request(changes);
export const inUrl = (from: string, to: string) => (pair: BreakablePair) =>
  pair.request({ api: pair.url.replace(from, to) });

/** Takes the role of a function away from Lambda. Running environments keep their credentials, so none is left. */
const untrusted = (which: 'caller' | 'backend') => async (pair: BreakablePair) => {
  await pair.renew(which);
  await pair.edit(`${which} trust`, trusts({ Service: 'ec2.amazonaws.com' }));
};
export const throttled = (method: string) => (pair: BreakablePair) => {
  const to = (value: string) => ({
    operation: 'UpdateStage' as const,
    input: {
      restApiId: pair.apiId,
      stageName: 'v1',
      patchOperations: ['rate', 'burst'].map((limit) => ({
        op: 'replace',
        path: `/${method}/throttling/${limit}Limit`,
        value,
      })),
    },
  });
  return pair.set(to('0'), to('1000'));
};
export const defaultEndpointDisabled = async (pair: BreakablePair) => {
  const to = (value: string) => ({
    operation: 'UpdateRestApi' as const,
    input: {
      restApiId: pair.apiId,
      patchOperations: [{ op: 'replace', path: '/disableExecuteApiEndpoint', value }],
    },
  });
  await pair.set(to('true'), to('false'));
  await pair.set({ operation: 'CreateDeployment', input: { restApiId: pair.apiId, stageName: 'v1' } });
};
export const deployed = (variant: Variant) => (pair: BreakablePair) => pair.deploy(variant, true);
const notDeployed = (shape: Shape) => async (pair: BreakablePair) => {
  await pair.deploy({ withPost: true }, false);
  pair.request({ route: [`POST /${shape.api}/7`] });
};
const source = (arn: string) => condition('ArnLike', 'AWS:SourceArn', arn);

/** The breaks that every pair can have, whatever the call's own permissions are. */
// biome-ignore format: a break is a line
export const breaksOfAnyPair = (shape: Shape): readonly Break[] => [
  ["the caller's role does not trust Lambda", 'function role', 'statement', untrusted('caller')],
  ["the backend's role does not trust Lambda", 'function role', 'statement', untrusted('backend')],
  ['API Gateway has no permission to invoke the backend', 'invoke function', 'statement', edit('function policy', () => [])],
  ['API Gateway may invoke it for another API only', 'invoke function', 'statement', edit('function policy', source(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:abcdefghij/*/*`))],
  ['API Gateway may invoke it for another method only', 'invoke function', 'statement', (pair) => pair.edit('function policy', source(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/*/DELETE/*`))],
  ['the backend function is deleted', 'invoke function', /There is no function arn:aws:lambda:/, deployed({ withoutBackend: true })],
  ["the backend's role is deleted", 'function role', /There is no role .*-backend-role, which function .*-backend is configured with/, (pair) => pair.deleteBackendRole()],
  ['the caller is a function that does not exist', 'configuration', /There is no function arn:aws:lambda:.*:nobody\./, request({ caller: `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:nobody` })],
  ['the stage lets no request through', 'throttling', 'command', throttled('*/*')],
  ['the route lets no request through', 'throttling', 'command', throttled(`~1${shape.api}~1{id}/GET`)],
  ['the request is signed for another region', 'signature', 'request', request({ 'signed-for': 'eu-west-1/execute-api' })],
  ['the URL has another stage', 'deployment', /has no stage v2.*It has v1/, inUrl('/v1', '/v2')],
  ['the URL has another API', 'endpoint', /has no REST API or HTTP API zzzzzzzzzz/, (pair) => inUrl(pair.apiId, 'zzzzzzzzzz')(pair)],
  ['the API has no such route', 'deployment', /The stage serves GET/, request({ route: ['GET /nowhere'] })],
  ['the route is in the API and not in its deployment', 'deployment', 'command', notDeployed(shape)],
];

/** The breaks that policies of a pair's shape decide about. */
// biome-ignore format: a break is a line
export const denials = (shape: Shape): readonly Break[] => [
  ["an SCP denies the caller's account the call", shape.assumesRole ? 'assume role' : 'invoke route', /denied by statement Never of Guardrail \(service control policy\)/, edit('caller SCP', only(never(shape.assumesRole ? 'sts:AssumeRole' : 'execute-api:*')))],
  ["a Deny of the API's policy", 'invoke route', /denied by statement Never of resource policy/, edit('API policy', more({ ...never('execute-api:Invoke', everybody), Resource: 'execute-api:/*' }))],
];

/** The breaks of a caller that the API's policy admits. */
// biome-ignore format: a break is a line
export const breaksOfOwnRole: readonly Break[] = [
  ["the caller's policy has no execute-api:Invoke", 'invoke route', 'statement', edit('caller policy', no('Call'))],
  ["the caller's policy names another API", 'invoke route', 'statement', edit('caller policy', other('Resource', `arn:aws:execute-api:us-east-1:${API_ACCOUNT}:abcdefghij/*`))],
  ["a Deny of the caller's policy", 'invoke route', /denied by statement Never of inline policy main/, edit('caller policy', more(never('execute-api:*')))],
  ["the caller's boundary leaves it out", 'invoke route', 'statement', edit('caller boundary', logs)],
  ["the API's policy admits another account", 'invoke route', 'statement', edit('API policy', other('Principal', { AWS: `arn:aws:iam::${API_ACCOUNT}:root` }))],
  ["the API's policy admits another route", 'invoke route', 'statement', edit('API policy', other('Resource', 'execute-api:/v1/GET/nowhere'))],
  ["the API's policy admits another stage", 'invoke route', 'statement', edit('API policy', other('Resource', 'execute-api:/v2/*'))],
  ["the API's policy admits another role of the account", 'invoke route', /aws:PrincipalArn/, edit('API policy', condition('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${CALLER_ACCOUNT}:role/another`))],
];

export const orders: Shape = { api: 'orders', caller: 'billing', assumesRole: true };
export const stock: Shape = { api: 'stock', caller: 'reports', assumesRole: false };
export const parcels: Shape = { api: 'parcels', caller: 'couriers', assumesRole: false, vpcEndpointId: VPCE };

/** Tests each break of pairs. Call it once in a test file. */
export function testPairs(
  pairs: readonly (readonly [what: string, shape: Shape, breaks: readonly Break[]])[],
): void {
  jest.setTimeout(120_000);

  let local: TestPair;
  beforeAll(async () => {
    local = await startTestPair({ deploy: false });
  });
  afterAll(() => local?.close());

  describe.each(pairs)('a pair whose caller %s', (_what, shape, breaks) => {
    let pair: BreakablePair;
    beforeAll(async () => {
      pair = await deployPair(local, shape);
    });
    afterEach(() => pair?.restore());
    afterAll(() => pair?.close());

    test('works, and its chain holds', async () => {
      expect(await pair.call()).toMatchObject({ succeeds: true });
      expect(await pair.explain()).toMatchObject({ exitCode: 0, broken: [] });
    });

    test.each(breaks)('%s → %s, repaired by %s', async (_break, named, repairedBy, breakPair) => {
      await breakPair(pair);
      const [first = 'configuration'] = [named].flat();
      expect(await pair.call()).toEqual({
        succeeds: false,
        answer: expect.stringMatching(refusals[first] ?? /./),
      });

      const { exitCode, broken, unread, text } = await pair.explain();
      expect(broken.map(({ kind }) => kind)).toEqual([named].flat());
      // The permissions of a missing resource cannot be told. Everything else can.
      if (!broken.some(({ missing }) => missing !== undefined)) expect(unread).toEqual([]);
      expect(exitCode).toBe(1);

      const changes = broken.flatMap(({ remedies }) => remedies);
      if (repairedBy instanceof RegExp) {
        expect(text).toMatch(repairedBy);
        expect(changes).toEqual([]);
        // Nothing to try. The next test finds any link that is still broken.
        return;
      }
      const kinds = new Set(changes.map(({ change }) => change));
      expect(kinds).toEqual(new Set([repairedBy].flat().map((each) => changeOf[each])));
      for (const change of changes) await pair.apply(change);

      expect(await pair.call()).toMatchObject({ succeeds: true });
      expect(await pair.explain()).toMatchObject({ exitCode: 0, broken: [] });
    });
  });
}
