import { DEFAULT_ROUTE } from '@cross-account-api/iam';
import type { ContractOperation } from '../deployed-pair/contract.ts';
import type { DeployedPair } from '../deployed-pair/deployed-pair.ts';
import { readingOf, type Sample, unservedMethodOf, unservedPathOf, writingOf } from './operations.ts';
import type { Credentials, Expectation, FurtherCaller, PlainRequest, Probe, ProbeRequest } from './probe.ts';

/** AWS refuses signatures that are more than 5 minutes old. The rest is for a clock that is wrong. */
const REPLAY_MINUTES = 10;

const success: Expectation = { outcome: '2xx' };

/** The contract's example of a path parameter may name nothing that exists: the API's own 404 shows as well that it was reached. */
function reached({ operation: { path } }: Sample): Expectation {
  return path.includes('{') ? { outcome: '2xx or 404' } : success;
}

const mayNotAssume: Expectation = {
  outcome: '403 AccessDenied',
  words: 'is not authorized to perform: sts:AssumeRole',
};
const denied: Expectation = { outcome: 'denied' };

const mayNot = (action: string): Expectation => ({
  outcome: '403 AccessDeniedException',
  words: `is not authorized to perform: ${action}`,
});

/** How a kind of API refuses requests. */
interface Refusals {
  readonly noRoute: Expectation;
  readonly noStage: Expectation;
  readonly unsigned: Expectation;
  readonly wrongSignature: Expectation;
  readonly wrongRegion: Expectation;
  readonly replayed: Expectation;
  readonly malformedToken: Expectation;
  readonly notAllowed: Expectation;
}

const noToken: Expectation = {
  outcome: '403 MissingAuthenticationTokenException',
  words: 'Missing Authentication Token',
};

const ofRestApi: Refusals = {
  noRoute: noToken,
  noStage: { outcome: '403 ForbiddenException', words: 'Forbidden' },
  unsigned: noToken,
  wrongSignature: {
    outcome: '403 InvalidSignatureException',
    words: 'The request signature we calculated does not match the signature you provided',
  },
  wrongRegion: {
    outcome: '403 InvalidSignatureException',
    words: 'Credential should be scoped to a valid region',
  },
  replayed: { outcome: '403 InvalidSignatureException', words: 'Signature expired' },
  malformedToken: {
    outcome: '403 UnrecognizedClientException',
    words: 'The security token included in the request is invalid',
  },
  notAllowed: mayNot('execute-api:Invoke'),
};

const forbidden: Expectation = { outcome: '403', words: 'Forbidden' };
const notFound: Expectation = { outcome: '404', words: 'Not Found' };

/** An HTTP API does not say why. */
const ofHttpApi: Refusals = {
  noRoute: notFound,
  noStage: notFound,
  unsigned: forbidden,
  wrongSignature: forbidden,
  wrongRegion: forbidden,
  replayed: forbidden,
  malformedToken: forbidden,
  notAllowed: forbidden,
};

function refusalsOf({ api }: Target['pair']): Refusals {
  if (api.protocol !== 'HTTP') return ofRestApi;
  const hasDefault = api.routes.some(({ path }) => path === DEFAULT_ROUTE);
  // It answers any path, and the role may not call it, or the function knows no such path.
  return hasDefault ? { ...ofHttpApi, noStage: { outcome: '403 or 404' } } : ofHttpApi;
}

/** The role as which the caller calls the API. */
export function callingRole({ invokeRoleArn, caller }: DeployedPair['pair']) {
  return invokeRoleArn === undefined
    ? { arn: caller.roleArn, name: 'the caller’s role' }
    : { arn: invokeRoleArn, name: 'the invoke role' };
}

/** A deployment, as far as it decides which probes there are. */
export interface Target extends DeployedPair {
  /** What the API offers to the caller, with examples. */
  readonly operations: readonly ContractOperation[];
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
  const reads = readingOf(target.operations);
  const write = writingOf(target.operations);
  const on: Aim = {
    ...target,
    ...{ read: reads[0], write, samples: [write, ...reads].filter((sample) => sample !== undefined) },
    noPath: unservedPathOf(target.pair.api.routes),
  };
  return [
    ...theCall(on),
    ...missingRoutes(on),
    ...withoutSignature(on),
    ...signatures(on),
    ...withoutTheRole(on),
    ...(target.pair.invokeRoleArn === undefined ? resourcePolicy(on) : trustPolicy(target)),
    ...rolePolicies(on),
    ...target.furtherCallers.flatMap((caller, index) => furtherCaller(on, caller, index + 2)),
    ...stageAndPolicies,
  ];
}

/** A deployment, with what the probes send to it. */
interface Aim extends Target {
  /** `undefined`: its contract has no such operation, and there are no probes of it. */
  readonly read: Sample | undefined;
  readonly write: Sample | undefined;
  /** Everything that may be sent. */
  readonly samples: readonly Sample[];
  /** A path that it does not serve. `undefined`: it serves every path. */
  readonly noPath: string | undefined;
}

type Row = readonly [name: string, request: ProbeRequest, expected: Expectation];

function probes(group: string, credentials: Credentials, rows: readonly Row[]): readonly Probe[] {
  return rows.map(([name, request, expected]) => ({ group, name, credentials, request, expected }));
}

/** The rows of those samples that there are. */
function each(samples: readonly (Sample | undefined)[], rows: (sample: Sample) => readonly Row[]): Row[] {
  return samples.flatMap((sample) => (sample === undefined ? [] : rows(sample)));
}

function theCall({ samples, write, idempotencyTable }: Aim) {
  return probes('The call', 'caller function', [
    ...each(samples, (sample) => [
      [sample.route, { kind: 'call', operation: sample.operation, call: sample.request }, reached(sample)],
    ]),
    ...each([write], ({ route, operation, request }) =>
      operation.takesKey && idempotencyTable !== undefined
        ? [
            [
              `${route} twice with one key`,
              { kind: 'call', operation, call: request, repeated: true },
              success,
            ],
          ]
        : [],
    ),
  ]);
}

function missingRoutes({ read, write, noPath, pair }: Aim) {
  const missing = (name: string, route: string | undefined): readonly Row[] => {
    const [method = '', path = ''] = route?.split(' ') ?? [];
    return route === undefined
      ? []
      : [[name, { kind: 'call', call: { method, path } }, refusalsOf(pair).noRoute]];
  };
  return probes('Routes that do not exist', 'caller function', [
    ...missing('another route', noPath && `GET ${noPath}`),
    ...missing('another method', anotherMethod(pair, write ?? read)),
  ]);
}

function withoutSignature({ samples, pair }: Aim) {
  const { unsigned } = refusalsOf(pair);
  return probes(
    'No signature',
    'nobody',
    each(samples, ({ route, request }) => [[`unsigned ${route}`, { kind: 'send', request }, unsigned]]),
  );
}

function signatures({ pair, read, write }: Aim) {
  const refusals = refusalsOf(pair);
  const anotherRegion = pair.api.region === 'us-west-2' ? 'us-east-1' : 'us-west-2';
  return probes('Signatures', 'account A', [
    ...each([read], (sample) => [
      ['correct signature', { kind: 'send', request: sample.request }, reached(sample)],
    ]),
    ...each([write], ({ request }) => [
      [
        'body changed after signing',
        { kind: 'send', request, tampered: { body: '{"verify":false}' } },
        refusals.wrongSignature,
      ],
    ]),
    ...each([read], ({ request }) => wrongSignatures(request, anotherRegion, refusals)),
  ]);
}

function wrongSignatures(
  read: PlainRequest,
  anotherRegion: string,
  { wrongSignature, wrongRegion, replayed, malformedToken, noStage }: Refusals,
): readonly Row[] {
  const request: PlainRequest = { ...read, headers: { 'x-verify': '1' } };
  const signed = (changes: object): ProbeRequest => ({ kind: 'send', request, ...changes });
  return [
    [
      'path changed after signing',
      signed({ request: { ...request, path: `${read.path}/verify` }, tampered: { path: read.path } }),
      wrongSignature,
    ],
    [
      'query changed after signing',
      signed({ tampered: { query: [read.query, 'verify=2'].filter(Boolean).join('&') } }),
      wrongSignature,
    ],
    ['header changed after signing', signed({ tampered: { headers: { 'x-verify': '2' } } }), wrongSignature],
    [
      'signed with another secret key',
      signed({ fault: { secretAccessKey: 'x'.repeat(40) } }),
      wrongSignature,
    ],
    ['signed for another region', signed({ fault: { region: anotherRegion } }), wrongRegion],
    ['replayed after the time window', signed({ fault: { ageMinutes: REPLAY_MINUTES } }), replayed],
    ['malformed session token', signed({ fault: { sessionToken: 'malformed' } }), malformedToken],
    ['another stage', signed({ stage: 'verify-no-such-stage' }), noStage],
  ];
}

function withoutTheRole({ pair, read, write, samples }: Aim) {
  const group = `Without ${callingRole(pair).name}`;
  // In one account, an identity policy is enough for these three.
  const acrossAccounts = probes(group, 'account B', [
    ...each([read ?? write], ({ request }) => [
      ['account B’s profile signs itself', { kind: 'send', request }, refusalsOf(pair).notAllowed],
    ]),
    ...each(samples, ({ route, operation }) => [
      [
        `function of ${route}, invoked`,
        { kind: 'dry run', route: operation },
        mayNot('lambda:InvokeFunction'),
      ],
    ]),
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

function resourcePolicy({ pair, read, write, noPath, trustedOrganizationId }: Aim) {
  const { roleArn } = pair.caller;
  if (isInAccountOf(pair, roleArn)) return [];
  const as = (principal: string, further = {}): ProbeRequest => ({
    kind: 'admission',
    principal,
    ...further,
  });
  const attack = (name: string, route: string | undefined): readonly Row[] =>
    route === undefined ? [] : [[name, as(roleArn, { route }), denied]];
  return probes('Resource policy of the API', 'reading', [
    ['another role of account B', as(`${roleArn}-2`), denied],
    ['a role of its name elsewhere', as(elsewhere(roleArn)), denied],
    ...attack('the caller’s role, a route that it is not admitted to', noPath && `GET ${noPath}`),
    ...attack('the caller’s role, another method', anotherMethod(pair, write ?? read)),
    ...(trustedOrganizationId === undefined
      ? []
      : [['account B in another organization', as(roleArn, inAnotherOrganization), denied] as const]),
  ]);
}

/** A method that an API does not serve at the path of an operation. @example 'DELETE /messages' */
function anotherMethod({ api }: Target['pair'], sample: Sample | undefined): string | undefined {
  const path = sample?.request.path;
  const method = path === undefined ? undefined : unservedMethodOf(api.routes, path);
  return method && `${method} ${path}`;
}

function rolePolicies({ pair, read, write, noPath, idempotencyTable }: Aim) {
  const { api, stage, caller } = pair;
  const partition = caller.arn.split(':')[1] ?? 'aws';
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${api.region}:${api.accountId}:${resource}`;
  const { name } = callingRole(pair);
  const role = name.replace('the ', '');
  const invoke = (what: string, place: string, route: string | undefined): readonly Row[] => {
    if (route === undefined) return [];
    const resource = arn('execute-api', `${place}/${route.replace(' ', '')}`);
    return [[`${role}, ${what}`, { kind: 'grant', action: 'execute-api:Invoke', resource }, denied]];
  };
  const own = `${api.apiId}/${stage}`;
  const { method, path } = (write ?? read)?.request ?? {};
  const route = method && `${method} ${path}`;
  const table = arn('dynamodb', `table/${idempotencyTable ?? 'any'}`);
  const [functionArn = arn('lambda', 'function:any')] = api.routes.flatMap((each) => each.functionArn ?? []);
  return probes(`Policies of ${name}`, 'reading', [
    ...invoke('another route', own, noPath && `GET ${noPath}`),
    ...invoke('another method', own, anotherMethod(pair, write ?? read)),
    ...invoke('another stage', `${api.apiId}/verify-no-such-stage`, route),
    ...invoke('another API', `verifynone/${stage}`, route),
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
function furtherCaller({ pair, furtherCallers, noPath }: Aim, of: FurtherCaller, number: number) {
  const { api, caller } = pair;
  const { externalId, roleArn } = of;
  const otherRoutes = api.routes
    .map(({ method, path }) => `${method} ${path}`)
    .filter((name) => !of.routes.includes(name))
    .map((name, index) => [`caller ${number}, route of others (${index + 1})`, name] as const);
  const routesNotItsOwn = [
    ...otherRoutes,
    ...(noPath === undefined ? [] : [[`caller ${number}, unknown route`, `GET ${noPath}`] as const]),
  ];
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
