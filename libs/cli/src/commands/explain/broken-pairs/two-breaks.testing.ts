import { secondOpinion } from '../../../../../iam/src/decision/second-opinion.testing.ts';
import type { LinkKind } from '../../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../../stage/test-pair.testing.ts';
import { letters, orders, parcels, stock } from './breaks.testing.ts';
import {
  admitOtherEndpoint,
  condition,
  deployed,
  edit,
  everybody,
  inUrl,
  logs,
  more,
  never,
  no,
  only,
  other,
  request,
  source,
  throttled,
  trusts,
  untrusted,
} from './edits.testing.ts';
import { type BreakablePair, deployPair } from './pair.testing.ts';
import type { Place } from './place.testing.ts';
import type { Shape } from './templates.testing.ts';

/** A step of the one who can take it: an administrator of the organization, or the author of a Deny. No command is printed for it. */
type ByHand = (pair: BreakablePair) => Promise<void>;

/** A pair that is broken twice. */
interface TwoBreaks {
  readonly what: string;
  /** The links that are named, and no others. */
  readonly named: readonly LinkKind[];
  /** The number of commands that are printed. */
  readonly commands: number;
  /** What the text says of the two. */
  readonly says: readonly RegExp[];
  breaks(pair: BreakablePair): Promise<void> | void;
  readonly byHand?: ByHand;
}

type Step = (pair: BreakablePair) => Promise<void> | void;
const both =
  (...steps: readonly Step[]) =>
  async (pair: BreakablePair): Promise<void> => {
    for (const step of steps) await step(pair);
  };

type Explained = Awaited<ReturnType<BreakablePair['explain']>>;

/** A row of the tables below. */
const two = (
  what: string,
  named: readonly LinkKind[],
  commands: number,
  says: readonly RegExp[],
  breaks: TwoBreaks['breaks'],
  byHand?: ByHand,
): TwoBreaks => ({ what, named, commands, says, breaks, ...(byHand && { byHand }) });

const foreign = { AWS: `arn:aws:iam::${API_ACCOUNT}:root` };
const role = `arn:aws:iam::${API_ACCOUNT}:role/orders-access`;
const mayNotCall = edit('caller policy', no('Call'));
const roleMayNotInvoke = edit('access policy', no('Invoke'));
const foreignTrust = edit('access trust', trusts(foreign));
const boundTrust = edit(
  'access trust',
  condition('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${CALLER_ACCOUNT}:role/another`),
);
const unbound = edit(
  'access trust',
  condition('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${CALLER_ACCOUNT}:role/billing-role`),
);
const noPermission = edit('function policy', () => []);
const otherAccount = edit('API policy', other('Principal', foreign));
const sessionPolicy =
  (...statements: readonly object[]) =>
  (pair: BreakablePair) =>
    pair.giveSessionPolicy(statements.map((each) => ({ ...each })));
const allowsLogs = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
const noScp = edit('caller SCP', () => []);
const noRcp = edit('RCP', () => []);
const rcp = edit('RCP', only({ ...never('sts:AssumeRole', everybody), Resource: role }));
const scp = (action: string) => edit('caller SCP', only(never(action)));
const noDeny = no('Never');

const NOT_HERE = /No change is proposed\./;
const ALSO = /Once that is solved, it also needs:/;
const PUT_ROLE = /or run: aws --profile '[\w-]+' iam put-role-policy /;
const TRUST = /or run: aws --profile '[\w-]+' iam update-assume-role-policy /;
const BOUNDARY = /or run: aws --profile '[\w-]+' iam create-policy-version .* --set-as-default$/m;
const API_POLICY =
  /or run: aws --profile '[\w-]+' apigateway update-rest-api .* && aws --profile '[\w-]+' apigateway create-deployment /;
const PERMISSION = /^ +aws --profile '[\w-]+' lambda add-permission /m;

// biome-ignore format: a row is a line
const ofOrders: readonly TwoBreaks[] = [
  two('neither the caller nor the role admits AssumeRole', ['assume role'], 2, [TRUST, PUT_ROLE, /all of them/], both(mayNotCall, foreignTrust)),
  two('the caller may not assume the role, and sends another external ID', ['assume role'], 1, [PUT_ROLE, /make the request with sts:ExternalId = /], both(mayNotCall, request({ 'external-id': 'another' }))),
  two('the role trusts another account, and may not invoke', ['assume role', 'invoke route'], 2, [TRUST, PUT_ROLE], both(foreignTrust, roleMayNotInvoke)),
  two("the caller's boundary leaves AssumeRole out, and its policy too", ['assume role'], 2, [BOUNDARY, PUT_ROLE], both(edit('caller boundary', logs), mayNotCall)),
  two("the caller's boundary leaves AssumeRole out, and API Gateway may not invoke the function", ['assume role', 'invoke function'], 2, [BOUNDARY, PERMISSION], both(edit('caller boundary', logs), noPermission)),
  two("the role's boundary and its policy leave the route out", ['invoke route'], 2, [BOUNDARY, PUT_ROLE], both(edit('access boundary', logs), roleMayNotInvoke)),
  two('a service control policy denies AssumeRole, and the caller lacks the permission', ['assume role'], 1, [NOT_HERE, ALSO, PUT_ROLE, /denied by statement Never of Guardrail/], both(scp('sts:AssumeRole'), mayNotCall), noScp),
  two('a service control policy denies AssumeRole, and the role trusts another account', ['assume role'], 1, [NOT_HERE, ALSO, TRUST], both(scp('sts:*'), foreignTrust), noScp),
  two('a service control policy denies AssumeRole, and the role may not invoke', ['assume role', 'invoke route'], 1, [NOT_HERE, PUT_ROLE], both(scp('sts:AssumeRole'), roleMayNotInvoke), noScp),
  two('a resource control policy denies the session, and the caller lacks the permission', ['assume role'], 1, [NOT_HERE, ALSO, PUT_ROLE, /resource control policy/], both(rcp, mayNotCall), noRcp),
  two("a resource control policy denies the session, and the role's boundary leaves the route out", ['assume role', 'invoke route'], 1, [NOT_HERE, BOUNDARY], both(rcp, edit('access boundary', logs)), noRcp),
  two('a session policy leaves the route out, and the role may not invoke', ['invoke route'], 1, [PUT_ROLE, /add to the session policy that is given to AssumeRole/], both(sessionPolicy(allowsLogs), roleMayNotInvoke)),
  two('a session policy leaves the route out, and API Gateway may not invoke the function', ['invoke route', 'invoke function'], 1, [PERMISSION, /add to the session policy/], both(sessionPolicy(allowsLogs), noPermission)),
  two('a session policy denies the route, and the role may not invoke', ['invoke route'], 1, [NOT_HERE, ALSO, PUT_ROLE, /denied by statement Never of .*session policy/], both(sessionPolicy({ ...allowsLogs, Action: '*' }, never('execute-api:*')), roleMayNotInvoke), async (pair) => pair.request({ 'session-policy': undefined })),
  two('a session policy leaves the route out, and the caller may not assume the role', ['assume role', 'invoke route'], 1, [PUT_ROLE, /add to the session policy/], both(sessionPolicy(allowsLogs), mayNotCall)),
  two("a Deny of the caller's policy, and the role trusts another account", ['assume role'], 1, [NOT_HERE, ALSO, TRUST], both(edit('caller policy', more(never('sts:*'))), foreignTrust), edit('caller policy', noDeny)),
  two("a Deny of the role's policy, and its boundary leaves the route out", ['invoke route'], 1, [NOT_HERE, ALSO, BOUNDARY], both(edit('access policy', more(never('execute-api:*'))), edit('access boundary', logs)), edit('access policy', noDeny)),
  two('the role trusts another role of the account, and the caller lacks the permission', ['assume role'], 1, [NOT_HERE, /aws:PrincipalArn/, ALSO, PUT_ROLE], both(boundTrust, mayNotCall), unbound),
  two('the session is to last two hours, and the role may not invoke', ['session length', 'invoke route'], 1, [/DurationSeconds/, PUT_ROLE], both(request({ duration: '7200' }), roleMayNotInvoke)),
  two('neither function has a role that trusts Lambda', ['function role', 'function role'], 2, [TRUST], both(untrusted('caller'), untrusted('backend'))),
  two("the route lets nothing through, and the role's policy names another stage", ['invoke route', 'throttling'], 2, [PUT_ROLE, /update-stage/], both(throttled('*/*'), (pair) => pair.edit('access policy', other('Resource', `arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/v2/*`)))),
  two('the request is signed for another region, and the caller lacks the permission', ['assume role', 'signature'], 1, [PUT_ROLE, /credential scope/], both(request({ 'signed-for': 'eu-west-1/execute-api' }), mayNotCall)),
  two('the role asks for a session tag, which needs a permission of both sides', ['assume role', 'assume role'], 2, [TRUST, PUT_ROLE, /make the request with aws:RequestTag\/team = billing/, /billing-run tags its session of role orders-access/], edit('access trust', condition('StringEquals', 'aws:RequestTag/team', 'billing'))),
  two('the role asks for a source identity, and its policy for a session tag', ['assume role', 'assume role', 'invoke route'], 2, [TRUST, PUT_ROLE, /make the request with sts:SourceIdentity = nightly/, NOT_HERE, /orders-access nor its session has the tag team/], both(edit('access trust', condition('StringEquals', 'sts:SourceIdentity', 'nightly')), edit('access policy', condition('StringEquals', 'aws:PrincipalTag/team', 'billing'))), edit('access policy', (statements) => statements.map(({ Condition: _, ...others }) => others))),
  two('a Deny outside of a region, and the role trusts another account', ['assume role'], 1, [NOT_HERE, ALSO, TRUST, /its conditions are met: StringNotEquals aws:RequestedRegion "eu-west-1" \(the request has "us-east-1"\)/], both(edit('caller policy', more({ ...never('sts:*'), Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } } })), foreignTrust), edit('caller policy', noDeny)),
  two("the caller's policy has a variable of users, and the role's policy one without a value", ['assume role', 'invoke route'], 2, [PUT_ROLE, /\$\{aws:username\} has no value in the request/, /\$\{aws:PrincipalTag\/stage\} has no value/], both(edit('caller policy', other('Resource', `arn:aws:iam::${API_ACCOUNT}:role/\${aws:username}`)), (pair) => pair.edit('access policy', other('Resource', `arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/\${aws:PrincipalTag/stage}/*`)))),
  two('the function may be invoked for another stage only, and the trust is for persons', ['assume role', 'invoke function'], 1, [NOT_HERE, /A function has no device/, PERMISSION], both((pair) => pair.edit('function policy', source(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/v2/*`)), edit('access trust', condition('Bool', 'aws:MultiFactorAuthPresent', 'true'))), edit('access trust', (statements) => statements.map((each) => ({ ...each, Condition: { StringEquals: { 'sts:ExternalId': 'an-external-id' } } })))),
  two('the role trusts a user that was deleted, and the caller lacks the permission', ['assume role'], 2, [TRUST, PUT_ROLE], both((pair) => pair.trustDeletedUser(), mayNotCall)),
];

// biome-ignore format: a row is a line
const ofStock: readonly TwoBreaks[] = [
  two("the API's policy admits another account, and the caller lacks the permission", ['invoke route'], 2, [API_POLICY, PUT_ROLE], both(otherAccount, mayNotCall)),
  two("the API's policy admits another route, and API Gateway may not invoke the function", ['invoke route', 'invoke function'], 2, [API_POLICY, PERMISSION], both(edit('API policy', other('Resource', 'execute-api:/v1/GET/nowhere')), noPermission)),
  two("a Deny of the API's policy, and the caller lacks the permission", ['invoke route'], 1, [NOT_HERE, ALSO, PUT_ROLE], both(edit('API policy', more({ ...never('execute-api:Invoke', everybody), Resource: 'execute-api:/*' })), mayNotCall), edit('API policy', noDeny)),
  two("the API's policy exempts the caller's account and role from a Deny, and not its session, and the caller lacks the permission", ['invoke route'], 1, [NOT_HERE, /lists the account and the role .*, but not the session/, ALSO, PUT_ROLE], both(edit('API policy', more({ Sid: 'Never', Effect: 'Deny', NotPrincipal: { AWS: [`arn:aws:iam::${CALLER_ACCOUNT}:root`, `arn:aws:iam::${CALLER_ACCOUNT}:role/reports-role`] }, Action: 'execute-api:Invoke', Resource: 'execute-api:/*' })), mayNotCall), edit('API policy', noDeny)),
  two("two statements of the API's policy have one Sid, and neither is about the call", ['invoke route'], 1, [API_POLICY, /statement Admit \(#1\) of/], edit('API policy', (statements) => [...statements, ...statements].map((each, index) => ({ ...each, Resource: `execute-api:/v1/GET/other${index}` })))),
  two("the API has no policy, and the caller's boundary leaves the route out", ['invoke route'], 2, [API_POLICY, BOUNDARY], both(edit('API policy', () => []), edit('caller boundary', logs))),
  two("a service control policy denies the call, and the API's policy admits another account", ['invoke route'], 1, [NOT_HERE, ALSO, API_POLICY], both(scp('execute-api:*'), otherAccount), noScp),
  two("the API's policy admits another stage, and the backend's role does not trust Lambda", ['invoke route', 'function role'], 2, [API_POLICY, TRUST], both(edit('API policy', other('Resource', 'execute-api:/v2/*')), untrusted('backend'))),
  two("two routes are called, and the API's policy admits another account", ['invoke route', 'invoke route'], 2, [API_POLICY], both(deployed({ withPost: true }), otherAccount, request({ route: ['GET /stock/7', 'POST /stock/7'] }))),
];

// biome-ignore format: a row is a line
const ofParcels: readonly TwoBreaks[] = [
  two("the private API's policy admits another account, and the request is signed for another region", ['signature', 'invoke route'], 1, [API_POLICY, /credential scope/], both(otherAccount, request({ 'signed-for': 'eu-west-1/execute-api' }))),
  two('the private API is not associated with the endpoint of the URL, and the caller lacks the permission', ['endpoint', 'invoke route'], 3, [PUT_ROLE, /update-rest-api/], both(admitOtherEndpoint, (pair) => inUrl(pair.vpcEndpointIds.admitted, pair.vpcEndpointIds.other)(pair), mayNotCall)),
];

/** On an AWS that has VPC endpoints. */
// biome-ignore format: a row is a line
const ofLetters: readonly TwoBreaks[] = [
  two("the endpoint's policy is for another service, and the caller lacks the permission", ['VPC endpoint', 'invoke route'], 2, [/or run: aws --profile 'local-caller' ec2 modify-vpc-endpoint /, PUT_ROLE], both(edit('endpoint policy', only({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' })), mayNotCall)),
  two("the endpoint's policy is for another service, and the API's policy admits another account", ['VPC endpoint', 'invoke route'], 2, [/ec2 modify-vpc-endpoint/, API_POLICY], both(edit('endpoint policy', only({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' })), otherAccount)),
  two("a Deny of the endpoint's policy, and the caller's boundary leaves the route out", ['VPC endpoint', 'invoke route'], 1, [NOT_HERE, BOUNDARY], both(edit('endpoint policy', more(never('execute-api:*', everybody))), edit('caller boundary', logs)), edit('endpoint policy', noDeny)),
];

/** Pairs, and how each is broken twice. */
export const brokenTwice: readonly (readonly [Shape, readonly TwoBreaks[]])[] = [
  [orders, ofOrders],
  [stock, ofStock],
  [parcels, ofParcels],
];

/** Those of {@link brokenTwice} that need the policy of a VPC endpoint. */
export const brokenTwiceAtEndpoint: (typeof brokenTwice)[number] = [letters, ofLetters];

/** How a place differs from AWS. */
interface Differences {
  /** The links that nobody can judge there. */
  readonly unread: readonly LinkKind[];
  /** The pairs, by their words, that the place does not let repair. */
  readonly notRepaired: readonly string[];
}

/**
 * Breaks each pair twice, runs the commands that `explain` prints, and calls again. The AWS CLI makes the changes, so the
 * implementation of AWS accepts them or not.
 */
export function testTwoBreaks(
  pairs: typeof brokenTwice,
  start: () => Promise<Place>,
  { unread, notRepaired }: Differences = { unread: [], notRepaired: [] },
): void {
  let place: Place;
  beforeAll(async () => {
    place = await start();
  });
  afterAll(() => place?.close());

  const sound = {
    exitCode: unread.length === 0 ? 0 : 2,
    broken: [],
    unread: unread.map((kind) => expect.objectContaining({ kind })),
  };

  describe.each(pairs.map(([shape, rows]) => ({ ...shape, shape, rows })))('$api', ({ shape, rows }) => {
    let pair: BreakablePair;
    beforeAll(async () => {
      pair = await deployPair(place, shape);
    });
    afterEach(() => pair?.restore());
    afterAll(() => pair?.close());

    test.each(rows)('$what', async ({ what, named, commands, says, breaks, byHand }) => {
      await breaks(pair);
      expect(await calls(pair, false)).toBe(true);

      const { exitCode, broken, text, decisions } = await pair.explain();
      expect(exitCode).toBe(1);
      expect(broken.map(({ kind }) => kind).sort()).toEqual([...named].sort());
      for (const words of says) expect(text).toMatch(words);
      await expectSameOpinion(decisions);

      expect(await pair.runPrinted(text)).toHaveLength(commands);
      for (const change of broken.flatMap(({ remedies }) => remedies))
        if (change.change === 'request' || ('kind' in change && change.kind === 'session policy'))
          await pair.apply(change);
      if (notRepaired.includes(what)) return;
      if (byHand !== undefined) {
        expect(await calls(pair, false)).toBe(true);
        expect((await pair.explain()).broken.length).toBeGreaterThan(0);
        await byHand(pair);
      }
      expect(await calls(pair, true)).toBe(true);
      const after = await pair.explain();
      await expectSameOpinion(after.decisions);
      const served = after.unread.slice(0, unread.length);
      expect({ ...after, unread: served }).toMatchObject(sound);
    });
  });
}

/** Whether a call ends as expected, where the place runs functions. */
async function calls(pair: BreakablePair, succeeds: boolean): Promise<boolean> {
  const outcome = await pair.call();
  if (outcome !== undefined && outcome.succeeds !== succeeds) throw new Error(outcome.answer);
  return true;
}

/** iam-simulate decides like the links on the policies that the place has stored: also where nothing answers the call itself. */
async function expectSameOpinion(decisions: Explained['decisions']): Promise<void> {
  for (const { request, policies, allowed, action } of decisions) {
    // It knows no policy of a VPC endpoint.
    if (policies.vpcEndpoint !== undefined) continue;
    const opinion = await secondOpinion(request, policies);
    expect([action, opinion === 'Allowed']).toEqual([action, allowed]);
  }
}
