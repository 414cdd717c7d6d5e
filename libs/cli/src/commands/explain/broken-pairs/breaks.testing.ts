import type { LinkKind } from '../../../call/link.ts';
import { API_ACCOUNT, CALLER_ACCOUNT } from '../../../stage/test-pair.testing.ts';
import {
  admitOtherEndpoint,
  condition,
  defaultEndpointDisabled,
  deployed,
  edit,
  everybody,
  inUrl,
  logs,
  more,
  never,
  no,
  notDeployed,
  only,
  other,
  request,
  source,
  switchedOff,
  throttled,
  trusts,
  untrusted,
} from './edits.testing.ts';
import type { BreakablePair } from './pair.testing.ts';
import type { Shape } from './templates.testing.ts';

type Repair = 'statement' | 'request' | 'command';

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

/** A pair, and the breaks to test with it. */
export type BrokenPair = readonly [what: string, shape: Shape, breaks: readonly Break[]];

/** The breaks that every pair can have, whatever the call's own permissions are. */
// biome-ignore format: a break is a line
const breaksOfAnyPair = (shape: Shape): readonly Break[] => [
  ["the caller's role does not trust Lambda", 'function role', 'statement', untrusted('caller')],
  ["the backend's role does not trust Lambda", 'function role', 'statement', untrusted('backend')],
  ['API Gateway has no permission to invoke the backend', 'invoke function', 'statement', edit('function policy', () => [])],
  ['API Gateway may invoke it for another API only', 'invoke function', 'statement', edit('function policy', source(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:abcdefghij/*/*`))],
  ['API Gateway may invoke it for another method only', 'invoke function', 'statement', (pair) => pair.edit('function policy', source(`arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/*/DELETE/*`))],
  ['the backend function is deleted', 'invoke function', /There is no function arn:aws:lambda:/, deployed({ withoutBackend: true })],
  ["the backend's role is deleted", 'function role', /There is no role .*-backend-role, which function .*-backend is configured with/, (pair) => pair.deleteBackendRole()],
  ['the caller is a function that does not exist', 'configuration', /There is no function arn:aws:lambda:.*:nobody\./, request({ caller: `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:nobody` })],
  ['the backend is switched off', 'function state', 'command', switchedOff('backend')],
  ['the caller is switched off', 'function state', 'command', switchedOff('caller')],
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
const denials = (shape: Shape): readonly Break[] => [
  ["an SCP denies the caller's account the call", shape.assumesRole ? 'assume role' : 'invoke route', /denied by statement Never of Guardrail \(service control policy\)/, edit('caller SCP', only(never(shape.assumesRole ? 'sts:AssumeRole' : 'execute-api:*')))],
  ["a Deny of the API's policy", 'invoke route', /denied by statement Never of resource policy/, edit('API policy', more({ ...never('execute-api:Invoke', everybody), Resource: 'execute-api:/*' }))],
];

/** The breaks of a caller that the API's policy admits. */
// biome-ignore format: a break is a line
const breaksOfOwnRole: readonly Break[] = [
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
export const parcels: Shape = { api: 'parcels', caller: 'couriers', assumesRole: false, isPrivate: true };

// biome-ignore format: a break is a line
export const pairs: readonly BrokenPair[] = [
  [
    'assumes a role with an external ID',
    orders,
    [
      ...breaksOfAnyPair(orders),
      ...denials(orders),
      ["the caller's policy has no sts:AssumeRole", 'assume role', 'statement', edit('caller policy', no('Call'))],
      ["the caller's policy names another role", 'assume role', 'statement', edit('caller policy', other('Resource', `arn:aws:iam::${API_ACCOUNT}:role/another`))],
      ["a Deny of the caller's policy", 'assume role', /denied by statement Never of inline policy main/, edit('caller policy', more(never('sts:*')))],
      ["the caller's boundary leaves it out", 'assume role', 'statement', edit('caller boundary', logs)],
      ["an RCP denies the API's account the session", 'assume role', /denied by statement Never of Guardrail \(resource control policy\)/, edit('RCP', only({ ...never('sts:AssumeRole', everybody), Resource: `arn:aws:iam::${API_ACCOUNT}:role/orders-access` }))],
      ['the role trusts another account', 'assume role', 'statement', edit('access trust', trusts({ AWS: `arn:aws:iam::${API_ACCOUNT}:root` }))],
      ['the role trusts another role (aws:PrincipalArn)', 'assume role', /aws:PrincipalArn/, edit('access trust', condition('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${CALLER_ACCOUNT}:role/another`))],
      ['the role asks for another external ID', 'assume role', 'request', edit('access trust', condition('StringEquals', 'sts:ExternalId', 'rotated'))],
      ['the caller sends another external ID', 'assume role', 'request', request({ 'external-id': 'another' })],
      ['the caller sends no external ID', 'assume role', 'request', request({ 'external-id': undefined })],
      ['the role asks for a session name', 'assume role', 'request', edit('access trust', condition('StringEquals', 'sts:RoleSessionName', 'nightly'))],
      ["the role's ARN is wrong", 'assume role', /There is no role .*orders-acces,/, request({ role: `arn:aws:iam::${API_ACCOUNT}:role/orders-acces` })],
      ['the session is to last two hours', 'session length', 'request', request({ duration: '7200' })],
      ['the session is to last a minute', 'session length', 'request', request({ duration: '60' })],
      ["the role's policy has no execute-api:Invoke", 'invoke route', 'statement', edit('access policy', no('Invoke'))],
      ["the role's policy names another stage", 'invoke route', 'statement', (pair) => pair.edit('access policy', other('Resource', `arn:aws:execute-api:us-east-1:${API_ACCOUNT}:${pair.apiId}/v2/*`))],
      ["a Deny of the role's policy", 'invoke route', /denied by statement Never of inline policy main/, edit('access policy', more(never('execute-api:*')))],
      ["the role's boundary leaves it out", 'invoke route', 'statement', edit('access boundary', logs)],
      ['two at once: the external ID and the limit of the route', ['assume role', 'throttling'], ['request', 'command'], async (pair) => { pair.request({ 'external-id': 'another' }); await throttled('~1orders~1{id}/GET')(pair); }],
      // The last one: not every AWS lets it be enabled again.
      ['the default endpoint is disabled', 'endpoint', 'command', defaultEndpointDisabled],
    ],
  ],
  [
    "calls as its own role, which the API's policy admits",
    stock,
    [
      ...denials(stock),
      ...breaksOfOwnRole,
      ['the API has no policy', 'invoke route', 'statement', edit('API policy', () => [])],
      ["the caller's policy is for another function", 'invoke route', /lambda:SourceFunctionArn/, edit('caller policy', condition('ArnEquals', 'lambda:SourceFunctionArn', `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:another`))],
      ['the method has no authorization, so the policy sees no principal', 'invoke route', /no authorization/, deployed({ withoutAuthorization: true })],
      ["two at once: the caller's policy and the permission of API Gateway", ['invoke route', 'invoke function'], 'statement', async (pair) => { await pair.edit('caller policy', no('Call')); await pair.edit('function policy', () => []); }],
      // The last one: not every AWS lets it be enabled again.
      ['the default endpoint is disabled', 'endpoint', 'command', defaultEndpointDisabled],
    ],
  ],
  [
    'calls a private API through a VPC endpoint',
    parcels,
    [
      ...denials(parcels),
      ["the API's policy admits another VPC endpoint", 'invoke route', /aws:SourceVpce/, admitOtherEndpoint],
      ["the API's policy denies what comes through this endpoint", 'invoke route', /denied by statement Never/, (pair) => pair.edit('API policy', more({ ...never('execute-api:Invoke', everybody), Resource: 'execute-api:/*', Condition: { StringEquals: { 'aws:SourceVpce': pair.vpcEndpointIds.admitted } } }))],
      ['the API is not associated with the endpoint of the URL', 'endpoint', 'command', async (pair) => { await admitOtherEndpoint(pair); inUrl(pair.vpcEndpointIds.admitted, pair.vpcEndpointIds.other)(pair); }],
      ["two at once: the caller's boundary and the region of the signature", ['signature', 'invoke route'], ['request', 'statement'], async (pair) => { await pair.edit('caller boundary', logs); pair.request({ 'signed-for': 'eu-west-1/execute-api' }); }],
    ],
  ],
];

/** The breaks of {@link pairs} that do not depend on the shape of the pair, in the other shapes. */
export const otherShapes: readonly BrokenPair[] = [
  ["calls as its own role, which the API's policy admits", stock, breaksOfAnyPair(stock)],
  ['calls a private API through a VPC endpoint', parcels, [...breaksOfAnyPair(parcels), ...breaksOfOwnRole]],
];

export const letters: Shape = { api: 'letters', caller: 'postmen', assumesRole: false, isPrivate: true };

/** The breaks of a VPC endpoint. Local AWS has no endpoints. */
// biome-ignore format: a break is a line
export const breaksOfEndpoint: BrokenPair = [
  'calls a private API through a VPC endpoint with a policy',
  letters,
  [
    ["the endpoint's policy is for another service", 'VPC endpoint', 'statement', edit('endpoint policy', only({ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' }))],
    ["the endpoint's policy admits another role", 'VPC endpoint', /aws:PrincipalArn/, edit('endpoint policy', condition('ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${CALLER_ACCOUNT}:role/another`))],
    ["a Deny of the endpoint's policy", 'VPC endpoint', /denied by statement Never of policy of VPC endpoint vpce-/, edit('endpoint policy', more(never('execute-api:*', everybody)))],
  ],
];
