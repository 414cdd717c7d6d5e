import { type Operation, operations, pathOf } from '@cross-account-api/contract';
import type { DeployedPair } from '../deployed-pair/deployed-pair.ts';
import type { Credentials, Expectation, FurtherCaller, PlainRequest, Probe, ProbeRequest } from './probe.ts';

const all: readonly Operation[] = Object.values(operations);

/** The operation of the contract that probes read with: without path parameters, if there is one. */
const reading = findSample(
  ({ method, pathParameters }) => method === 'GET' && pathParameters === undefined,
  ({ method }) => method === 'GET',
);
/** The operation of the contract that probes send a body to. */
const sending = findSample(({ method, request }) => method === 'POST' && request !== undefined);

/** The contract's example of a path parameter may name nothing that exists: the API's own 404 shows as well that it was reached. */
const isExample = reading.pathParameters !== undefined;
const found = isExample ? '200 or 404' : '200';

const read = requestOf(reading);
const write: PlainRequest = requestOf(sending);
const [readRoute, writeRoute] = [reading, sending].map(({ method, path }) => `${method} ${path}`);

/** @throws Error if the contract has no such operation */
function findSample(...wishes: readonly ((operation: Operation) => boolean)[]): Operation {
  const found = wishes.map((wish) => all.find(wish)).find((operation) => operation !== undefined);
  if (found === undefined) {
    throw new Error('The contract has no GET, or no POST with a body: npm run verify needs one of each.');
  }
  return found;
}

/** AWS refuses signatures that are more than 5 minutes old. The rest is for a clock that is wrong. */
const REPLAY_MINUTES = 10;

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

/** The request of an operation's example. */
export function requestOf({ method, path, request, example = {} }: Operation): PlainRequest {
  const query = new URLSearchParams(
    Object.entries(example.query ?? {}).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, String(one)]),
    ),
  ).toString();
  return {
    method,
    path: pathOf(path, example.pathParameters),
    ...(query !== '' && { query }),
    ...(request !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(example.body ?? {}),
    }),
  };
}

/** The role as which the caller calls the API. */
export function callingRole({ invokeRoleArn, caller }: DeployedPair['pair']) {
  return invokeRoleArn === undefined
    ? { arn: caller.roleArn, name: 'the caller’s role' }
    : { arn: invokeRoleArn, name: 'the invoke role' };
}

/** A deployment, as far as it decides which probes there are. */
export interface Target extends DeployedPair {
  /** The AWS organization whose accounts alone the API admits, if there is one. */
  readonly trustedOrganizationId?: string | undefined;
  /** In the order of the settings. */
  readonly furtherCallers: readonly FurtherCaller[];
}

/**
 * The probes of a deployment, in the order in which they run.
 *
 * No probe has a session of the role as which the caller calls: the caller function alone has one. What the role may do is
 * probed through that function, and beyond that by evaluating the deployed policies. API Gateway checks a signature before
 * it asks for permissions, so the profile of account A can show what becomes of a wrong one.
 *
 * In access mode `resource-policy` there is nothing to assume. There the API's resource policy stands for the trust policy.
 */
export function probesOf(target: Target): readonly Probe[] {
  return [
    ...theCall(target),
    ...missingRoutes,
    ...withoutSignature,
    ...signatures(target),
    ...withoutTheRole(target),
    ...(target.pair.invokeRoleArn === undefined ? resourcePolicy(target) : trustPolicy(target)),
    ...rolePolicies(target),
    ...target.furtherCallers.flatMap((caller, index) => furtherCaller(target, caller, index + 2)),
    ...stageAndPolicies,
  ];
}

type Row = readonly [name: string, request: ProbeRequest, expected: Expectation];

function probes(group: string, credentials: Credentials, rows: readonly Row[]): readonly Probe[] {
  return rows.map(([name, request, expected]) => ({ group, name, credentials, request, expected }));
}

function theCall({ pair, idempotencyTable }: Target) {
  const success: Expectation = { outcome: '200', words: `as ${callingRole(pair).name}` };
  const twice: Row = [
    `${writeRoute} twice with one key`,
    { kind: 'call', call: write, repeated: true },
    { outcome: '200', words: 'executed once' },
  ];
  return probes('The call', 'caller function', [
    [`${writeRoute}`, { kind: 'call', call: write }, success],
    [`${readRoute}`, { kind: 'call', call: read }, isExample ? { outcome: found } : success],
    ...(idempotencyTable === undefined ? [] : [twice]),
  ]);
}

const missingRoutes = probes('Routes that do not exist', 'caller function', [
  ['another route', { kind: 'call', call: { method: 'GET', path: '/verify-no-such-route' } }, noToken],
  ['another method', { kind: 'call', call: { method: 'DELETE', path: write.path } }, noToken],
]);

const withoutSignature = probes('No signature', 'nobody', [
  [`unsigned ${writeRoute}`, { kind: 'send', request: write }, noToken],
  [`unsigned ${readRoute}`, { kind: 'send', request: read }, noToken],
]);

function signatures({ pair }: Target) {
  const request: PlainRequest = { ...read, query: 'a=1', headers: { 'x-verify': '1' } };
  const anotherRegion = pair.api.region === 'us-west-2' ? 'us-east-1' : 'us-west-2';
  return probes('Signatures', 'account A', [
    ['correct signature', { kind: 'send', request }, { outcome: found }],
    [
      'body changed after signing',
      { kind: 'send', request: write, tampered: { body: '{"verify":false}' } },
      wrongSignature,
    ],
    [
      'path changed after signing',
      { kind: 'send', request: { ...request, path: write.path }, tampered: { path: read.path } },
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
  const group = `Without ${callingRole(pair).name}`;
  // In one account, an identity policy is enough for these three.
  const acrossAccounts = probes(group, 'account B', [
    ['account B’s profile signs itself', { kind: 'send', request: read }, mayNot('execute-api:Invoke')],
    [
      `function of ${writeRoute}, invoked`,
      { kind: 'dry run', route: sending },
      mayNot('lambda:InvokeFunction'),
    ],
    [
      `function of ${readRoute}, invoked`,
      { kind: 'dry run', route: reading },
      mayNot('lambda:InvokeFunction'),
    ],
  ]);
  const assumedBy = (account: 'account A' | 'account B') =>
    pair.invokeRoleArn === undefined
      ? []
      : probes(group, account, [[`${account}’s profile assumes the role`, { kind: 'assume' }, mayNotAssume]]);
  return [
    ...assumedBy('account B'),
    ...(isInAccountOf(pair, pair.caller.arn) ? [] : acrossAccounts),
    ...assumedBy('account A'),
  ];
}

/** There, identity policies are enough to call the API: its resource policy keeps nobody out. */
function isInAccountOf({ api }: Target['pair'], arn: string): boolean {
  return arn.split(':')[4] === api.accountId;
}

const elsewhere = (roleArn: string) => roleArn.replace(/:\d{12}:/, ':999999999999:');
const inAnotherOrganization = { organizationId: 'o-verifynone' };
const noRoute = 'GET /verify-no-such-route';

function trustPolicy({ pair, trustedOrganizationId }: Target) {
  const { externalId } = pair;
  const { roleArn } = pair.caller;
  const as = (principal: string, sent = externalId, further = {}): ProbeRequest => ({
    ...{ kind: 'admission', principal, externalId: sent },
    ...further,
  });
  return probes('Trust policy of the invoke role', 'reading', [
    ['the caller’s role, wrong external ID', as(roleArn, `${externalId}x`), denied],
    ['the caller’s role, no external ID', { kind: 'admission', principal: roleArn }, denied],
    ['another role of account B', as(`${roleArn}-2`), denied],
    ['a role of its name elsewhere', as(elsewhere(roleArn)), denied],
    ...(trustedOrganizationId === undefined
      ? []
      : [
          [
            'account B in another organization',
            as(roleArn, externalId, inAnotherOrganization),
            denied,
          ] as const,
        ]),
  ]);
}

function resourcePolicy({ pair, trustedOrganizationId }: Target) {
  const { roleArn } = pair.caller;
  if (isInAccountOf(pair, roleArn)) return [];
  const as = (principal: string, further = {}): ProbeRequest => ({
    kind: 'admission',
    principal,
    ...further,
  });
  return probes('Resource policy of the API', 'reading', [
    ['another role of account B', as(`${roleArn}-2`), denied],
    ['a role of its name elsewhere', as(elsewhere(roleArn)), denied],
    ['the caller’s role, a route that it is not admitted to', as(roleArn, { route: noRoute }), denied],
    ['the caller’s role, another method', as(roleArn, { route: `DELETE ${write.path}` }), denied],
    ...(trustedOrganizationId === undefined
      ? []
      : [['account B in another organization', as(roleArn, inAnotherOrganization), denied] as const]),
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
  const route = `POST${write.path}`;
  const table = arn('dynamodb', `table/${idempotencyTable ?? 'any'}`);
  const [functionArn = arn('lambda', 'function:any')] = api.routes.flatMap((each) => each.functionArn ?? []);
  const { name } = callingRole(pair);
  const role = name.replace('the ', '');
  return probes(`Policies of ${name}`, 'reading', [
    [`${role}, another route`, invoke(`${api.apiId}/${stage}/GET/verify-no-such-route`), denied],
    [`${role}, another method`, invoke(`${api.apiId}/${stage}/DELETE${write.path}`), denied],
    [`${role}, another stage`, invoke(`${api.apiId}/verify-no-such-stage/${route}`), denied],
    [`${role}, another API`, invoke(`verifynone/${stage}/${route}`), denied],
    [
      `${role}, lambda:InvokeFunction`,
      { kind: 'grant', action: 'lambda:InvokeFunction', resource: functionArn },
      denied,
    ],
    [`${role}, dynamodb:GetItem`, { kind: 'grant', action: 'dynamodb:GetItem', resource: table }, denied],
  ]);
}

/**
 * One further caller: it gets in, and nobody gets in as it, not even another caller that knows its external ID.
 * @param number stands for its name, which reports must not have
 */
function furtherCaller({ pair, furtherCallers }: Target, of: FurtherCaller, number: number) {
  const { api, caller } = pair;
  const { externalId, roleArn } = of;
  const otherRoutes = api.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => !of.routes.includes(name))
    .map((name, index) => [`caller ${number}, route of others (${index + 1})`, name] as const);
  const routesNotItsOwn = [...otherRoutes, [`caller ${number}, unknown route`, noRoute] as const];
  const as = (principal: string, sent = externalId): ProbeRequest => ({
    ...{ kind: 'admission', principal, externalId: sent, of },
  });
  const getsIn: Row = [
    `caller ${number}, its routes`,
    { kind: 'further caller', of },
    { outcome: 'allowed' },
  ];
  const anotherRole: Row = [`caller ${number}, another role of its account`, as(`${roleArn}-2`), denied];
  const group = `Caller ${number}`;

  if (of.invokeRoleArn === undefined) {
    if (isInAccountOf(pair, roleArn)) return probes(group, 'reading', [getsIn]);
    return probes(group, 'reading', [
      getsIn,
      anotherRole,
      ...routesNotItsOwn.map(
        ([name, route]): Row => [name, { kind: 'admission', principal: roleArn, of, route }, denied],
      ),
    ]);
  }
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const grant = (route: string): ProbeRequest => ({
    ...{ kind: 'grant', action: 'execute-api:Invoke', of },
    resource: `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${pair.stage}/${route.replace(' ', '')}`,
  });
  const others = [caller.roleArn, ...furtherCallers.map((each) => each.roleArn)].flatMap(
    (principal, index) => (principal === roleArn ? [] : [[index + 1, principal] as const]),
  );
  return probes(group, 'reading', [
    getsIn,
    [`caller ${number}, wrong external ID`, as(roleArn, `${externalId}x`), denied],
    [`caller ${number}, no external ID`, { kind: 'admission', principal: roleArn, of }, denied],
    anotherRole,
    ...others.map(
      ([other, principal]): Row => [`caller ${other} as caller ${number}`, as(principal), denied],
    ),
    [
      `caller ${number} as caller 1`,
      { kind: 'admission', principal: roleArn, externalId: pair.externalId },
      denied,
    ],
    ...routesNotItsOwn.map(([name, route]): Row => [name, grant(route), denied]),
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
