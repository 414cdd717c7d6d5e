import { routes } from '@cross-account-api/contract';
import type { DeployedPair } from '../explain/deployed-pair.ts';
import type { Credentials, Expectation, FurtherCaller, PlainRequest, Probe, ProbeRequest } from './probe.ts';

const whoami: PlainRequest = routes.getWhoami;
const messages: PlainRequest = {
  ...routes.postMessages,
  headers: { 'content-type': 'application/json' },
  body: '{"verify":true}',
};

/** AWS refuses signatures that are more than 5 minutes old. The rest is for a clock that is wrong. */
const REPLAY_MINUTES = 10;

const success: Expectation = { outcome: '200', words: 'as the invoke role' };
const noToken: Expectation = {
  outcome: '403 MissingAuthenticationTokenException',
  words: 'Missing Authentication Token',
};
const wrongSignature: Expectation = {
  outcome: '403 InvalidSignatureException',
  words: 'The request signature we calculated does not match the signature you provided',
};
const mayNotAssume: Expectation = {
  outcome: '403 AccessDenied',
  words: 'is not authorized to perform: sts:AssumeRole',
};
const denied: Expectation = { outcome: 'denied' };

const mayNot = (action: string): Expectation => ({
  outcome: '403 AccessDeniedException',
  words: `is not authorized to perform: ${action}`,
});

/** A deployment, as far as it decides which probes there are. */
export interface Target extends DeployedPair {
  /** The AWS organization whose accounts alone the invoke role trusts, if there is one. */
  readonly trustedOrganizationId?: string | undefined;
  /** In the order of the settings. */
  readonly furtherCallers: readonly FurtherCaller[];
}

/**
 * The probes of a deployment, in the order in which they run.
 *
 * No probe has a session of the invoke role: its trust policy admits the caller function alone. What the role may do is
 * probed through that function, and beyond that by evaluating the deployed policies. API Gateway checks a signature before
 * it asks for permissions, so the profile of account A can show what becomes of a wrong one.
 */
export function probesOf(target: Target): readonly Probe[] {
  return [
    ...theCall(target),
    ...missingRoutes,
    ...withoutSignature,
    ...signatures(target),
    ...withoutTheRole(target),
    ...trustPolicy(target),
    ...rolePolicies(target),
    ...target.furtherCallers.flatMap((caller, index) => furtherCaller(target, caller, index + 2)),
    ...stageAndPolicies,
  ];
}

type Row = readonly [name: string, request: ProbeRequest, expected: Expectation];

function probes(group: string, credentials: Credentials, rows: readonly Row[]): readonly Probe[] {
  return rows.map(([name, request, expected]) => ({ group, name, credentials, request, expected }));
}

function theCall({ idempotencyTable }: Target) {
  const twice: Row = [
    'POST /messages twice with one key',
    { kind: 'call', call: messages, repeated: true },
    { outcome: '200', words: 'executed once' },
  ];
  return probes('The call', 'caller function', [
    ['POST /messages', { kind: 'call', call: messages }, success],
    ['GET /whoami', { kind: 'call', call: whoami }, success],
    ...(idempotencyTable === undefined ? [] : [twice]),
  ]);
}

const missingRoutes = probes('Routes that do not exist', 'caller function', [
  ['another route', { kind: 'call', call: { method: 'GET', path: '/verify-no-such-route' } }, noToken],
  ['another method', { kind: 'call', call: { method: 'DELETE', path: messages.path } }, noToken],
]);

const withoutSignature = probes('No signature', 'nobody', [
  ['unsigned POST /messages', { kind: 'send', request: messages }, noToken],
  ['unsigned GET /whoami', { kind: 'send', request: whoami }, noToken],
]);

function signatures({ pair }: Target) {
  const request: PlainRequest = { ...whoami, query: 'a=1', headers: { 'x-verify': '1' } };
  const anotherRegion = pair.api.region === 'us-west-2' ? 'us-east-1' : 'us-west-2';
  return probes('Signatures', 'account A', [
    ['correct signature', { kind: 'send', request }, { outcome: '200' }],
    [
      'body changed after signing',
      { kind: 'send', request: messages, tampered: { body: '{"verify":false}' } },
      wrongSignature,
    ],
    [
      'path changed after signing',
      { kind: 'send', request: { ...request, path: messages.path }, tampered: { path: whoami.path } },
      wrongSignature,
    ],
    ['query changed after signing', { kind: 'send', request, tampered: { query: 'a=2' } }, wrongSignature],
    [
      'header changed after signing',
      { kind: 'send', request, tampered: { headers: { 'x-verify': '2' } } },
      wrongSignature,
    ],
    [
      'signed with another secret key',
      { kind: 'send', request, fault: { secretAccessKey: 'x'.repeat(40) } },
      wrongSignature,
    ],
    [
      'signed for another region',
      { kind: 'send', request, fault: { region: anotherRegion } },
      { outcome: '403 InvalidSignatureException', words: 'Credential should be scoped to a valid region' },
    ],
    [
      'replayed after the time window',
      { kind: 'send', request, fault: { ageMinutes: REPLAY_MINUTES } },
      { outcome: '403 InvalidSignatureException', words: 'Signature expired' },
    ],
    [
      'malformed session token',
      { kind: 'send', request, fault: { sessionToken: 'malformed' } },
      {
        outcome: '403 UnrecognizedClientException',
        words: 'The security token included in the request is invalid',
      },
    ],
    [
      'another stage',
      { kind: 'send', request, stage: 'verify-no-such-stage' },
      { outcome: '403 ForbiddenException', words: 'Forbidden' },
    ],
  ]);
}

function withoutTheRole({ pair }: Target) {
  // In one account, an identity policy is enough for these three.
  const acrossAccounts = probes('Without the invoke role', 'account B', [
    ['account B’s profile signs itself', { kind: 'send', request: whoami }, mayNot('execute-api:Invoke')],
    [
      'function of POST /messages, invoked',
      { kind: 'dry run', route: messages },
      mayNot('lambda:InvokeFunction'),
    ],
    ['function of GET /whoami, invoked', { kind: 'dry run', route: whoami }, mayNot('lambda:InvokeFunction')],
  ]);
  return [
    ...probes('Without the invoke role', 'account B', [
      ['account B’s profile assumes the role', { kind: 'assume' }, mayNotAssume],
    ]),
    ...(pair.caller.arn.includes(`:${pair.api.accountId}:`) ? [] : acrossAccounts),
    ...probes('Without the invoke role', 'account A', [
      ['account A’s profile assumes the role', { kind: 'assume' }, mayNotAssume],
    ]),
  ];
}

function trustPolicy({ pair, trustedOrganizationId }: Target) {
  const { caller, externalId } = pair;
  const { roleArn } = caller;
  const anotherOrganization: Row = [
    'account B in another organization',
    { kind: 'trust', principal: roleArn, externalId, organizationId: 'o-verifynone' },
    denied,
  ];
  const anotherAccount = roleArn.replace(/:\d{12}:/, ':999999999999:');
  return probes('Trust policy of the invoke role', 'reading', [
    [
      'the caller’s role, wrong external ID',
      { kind: 'trust', principal: roleArn, externalId: `${externalId}x` },
      denied,
    ],
    [
      'the caller’s role, no external ID',
      { kind: 'trust', principal: roleArn, externalId: undefined },
      denied,
    ],
    ['another role of account B', { kind: 'trust', principal: `${roleArn}-2`, externalId }, denied],
    ['a role of its name elsewhere', { kind: 'trust', principal: anotherAccount, externalId }, denied],
    ...(trustedOrganizationId === undefined ? [] : [anotherOrganization]),
  ]);
}

function rolePolicies({ pair, idempotencyTable }: Target) {
  const { api, stage, caller } = pair;
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${api.region}:${api.accountId}:${resource}`;
  const invoke = (resource: string): ProbeRequest => ({
    kind: 'grant',
    action: 'execute-api:Invoke',
    resource: arn('execute-api', resource),
  });
  const route = `POST${messages.path}`;
  const table = arn('dynamodb', `table/${idempotencyTable ?? 'any'}`);
  const [functionArn = arn('lambda', 'function:any')] = api.routes.flatMap((each) => each.functionArn ?? []);
  return probes('Policies of the invoke role', 'reading', [
    ['invoke role, another route', invoke(`${api.apiId}/${stage}/GET/verify-no-such-route`), denied],
    ['invoke role, another method', invoke(`${api.apiId}/${stage}/DELETE${messages.path}`), denied],
    ['invoke role, another stage', invoke(`${api.apiId}/verify-no-such-stage/${route}`), denied],
    ['invoke role, another API', invoke(`verifynone/${stage}/${route}`), denied],
    [
      'invoke role, lambda:InvokeFunction',
      { kind: 'grant', action: 'lambda:InvokeFunction', resource: functionArn },
      denied,
    ],
    ['invoke role, dynamodb:GetItem', { kind: 'grant', action: 'dynamodb:GetItem', resource: table }, denied],
  ]);
}

/**
 * One further caller: it gets in, and nobody gets in as it, not even another caller that knows its external ID.
 * @param number stands for its name, which reports must not have
 */
function furtherCaller({ pair, furtherCallers }: Target, of: FurtherCaller, number: number) {
  const { api, stage, caller } = pair;
  const { externalId, roleArn } = of;
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const others = [caller.roleArn, ...furtherCallers.map((each) => each.roleArn)].flatMap(
    (principal, index) => (principal === roleArn ? [] : [[index + 1, principal] as const]),
  );
  const route = (name: string): ProbeRequest => ({
    ...{ kind: 'grant', action: 'execute-api:Invoke', of },
    resource: `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${stage}/${name.replace(' ', '')}`,
  });
  const notItsOwn = api.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => !of.routes.includes(name));
  const trust = (principal: string, sent: string | undefined): ProbeRequest => ({
    ...{ kind: 'trust', principal, externalId: sent, of },
  });
  return probes(`Caller ${number}`, 'reading', [
    [`caller ${number}, its routes`, { kind: 'further caller', of }, { outcome: 'allowed' }],
    [`caller ${number}, wrong external ID`, trust(roleArn, `${externalId}x`), denied],
    [`caller ${number}, no external ID`, trust(roleArn, undefined), denied],
    [`caller ${number}, another role of its account`, trust(`${roleArn}-2`, externalId), denied],
    ...others.map(
      ([other, principal]): Row => [
        `caller ${other} as caller ${number}`,
        trust(principal, externalId),
        denied,
      ],
    ),
    [
      `caller ${number} as caller 1`,
      { kind: 'trust', principal: roleArn, externalId: pair.externalId },
      denied,
    ],
    ...notItsOwn.map(
      (name, index): Row => [`caller ${number}, route of others (${index + 1})`, route(name), denied],
    ),
    [`caller ${number}, unknown route`, route('GET /verify-no-such-route'), denied],
  ]);
}

const stageAndPolicies = probes('Deployment', 'reading', [
  ['policies allow every step of the call', { kind: 'chain' }, { outcome: 'allowed' }],
  [
    'stage serves the API’s routes, signed',
    { kind: 'routes' },
    { outcome: 'as configured', words: 'all signed' },
  ],
]);
