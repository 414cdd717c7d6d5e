import { accountOf, parseArn } from '@cross-account-api/iam';
import {
  type CallerFunction,
  type CallerSide,
  type CallingPrincipal,
  ownRoleOf,
  type Pair,
} from '../call/pair.ts';
import type { ContractOperation } from '../project/contract.ts';
import {
  answersOf,
  denied,
  eventRow,
  inUnknownAccount,
  mayNot,
  mayNotAssume,
  missingRoutes,
  noBrokenLink,
  type ProbeRow,
  probesOfGroup,
  reachedHandler,
  rowsOfEach,
  signatures,
  success,
  withoutSignature,
} from './common-probes.ts';
import {
  executedOf,
  readingOf,
  type Sample,
  unservedMethodOf,
  unservedPathOf,
  writingOf,
} from './operations.ts';
import type { Probe, ProbedCaller, ProbeRequest } from './probe.ts';

/** The role as which the caller calls the API. */
export function callingRole({ invokeRoleArn, caller }: CallerSide<CallingPrincipal>) {
  return invokeRoleArn === undefined
    ? { arn: ownRoleOf(caller) ?? '', name: 'the caller’s role' }
    : { arn: invokeRoleArn, name: 'the invoke role' };
}

/** A deployment, with the facts that decide on its probes. */
export interface ProbedStage {
  readonly pair: Pair<CallerFunction>;
  /** The table in which the API remembers idempotency keys. `undefined`: it remembers none. */
  readonly idempotencyTable: string | undefined;
  /** The API's operations for the caller, with examples. */
  readonly operations: readonly ContractOperation[];
  /** Whether operations that may write, and those without an example, are executed, and other methods sent to routes that do not exist. */
  readonly executesAll: boolean;
  /** Whether the caller function takes the events `{ operation, input?, idempotencyKey? }`. */
  readonly takesOperations: boolean;
  /** An event of the user for the caller function. `undefined`: none */
  readonly event?: unknown;
  /** The AWS organization to which the API is limited, if any. */
  readonly trustedOrganizationId?: string | undefined;
  /** In the order of the settings. */
  readonly furtherCallers: readonly ProbedCaller[];
}

/**
 * The probes of a deployment, in the order in which they run.
 *
 * No probe has a session of the role as which the caller calls: only the caller function has one, and its handler is the owner's. So the
 * function is asked for calls of the contract only, and what else the role may do is decided from the deployed policies. API Gateway
 * looks for the route and checks the signature before it checks permissions, so the profile of account A can show how a wrong one is
 * refused.
 *
 * Attacks are sent to all operations with an example: they are refused before anything is executed.
 *
 * In access mode `resource-policy` no role is assumed. There the API's resource policy takes the place of the trust policy.
 */
export function probesOfStage(target: ProbedStage): readonly Probe[] {
  const { operations, executesAll, pair } = target;
  const { api } = pair;
  const reads = readingOf(operations);
  const write = writingOf(operations, executesAll);
  const executed = executedOf(operations, executesAll).samples;
  const isExecuted = (sample: Sample) => executed.some(({ route }) => route === sample.route);
  const attacked = [write, ...reads].filter((sample) => sample !== undefined);
  const [read] = reads;
  const on: Aim = {
    ...target,
    allowWrite: executesAll,
    read,
    write,
    executed,
    executesRead: read !== undefined && isExecuted(read),
    samples: [...attacked, ...executed.filter(({ route }) => !attacked.some((each) => each.route === route))],
    noPath: unservedPathOf(api.routes),
  };
  return [
    ...theCall(on),
    ...withoutSignature(on.samples, answersOf(api)),
    ...missingRoutes({ ...on, routes: api.routes }, answersOf(api), 'account A'),
    ...signatures(on, api),
    ...withoutTheRole(on),
    ...(pair.invokeRoleArn === undefined ? resourcePolicy(on) : trustPolicy(target)),
    ...rolePolicies(on),
    ...target.furtherCallers.flatMap((caller, index) => furtherCaller(on, caller, index + 2)),
    ...stageAndPolicies,
  ];
}

/** A deployment, with the requests of the probes. */
interface Aim extends ProbedStage {
  readonly allowWrite: boolean;
  /** `undefined`: the contract has no such operation, so it has no probes. */
  readonly read: Sample<ContractOperation> | undefined;
  readonly write: Sample<ContractOperation> | undefined;
  /** The calls that must succeed. */
  readonly executed: readonly Sample<ContractOperation>[];
  readonly executesRead: boolean;
  /** Everything that attacks are sent to. */
  readonly samples: readonly Sample<ContractOperation>[];
  /** A path that it does not serve. `undefined`: it serves every path. */
  readonly noPath: string | undefined;
}

function theCall({ executed, takesOperations, event }: Aim) {
  return probesOfGroup('The call', 'caller function', [
    ...rowsOfEach(takesOperations ? executed : [], (sample) => [
      [
        `${sample.operation.name} (${sample.route})`,
        { kind: 'call', operation: sample.operation },
        reachedHandler(sample),
      ],
    ]),
    ...rowsOfEach(takesOperations ? executed.filter(({ operation }) => operation.takesKey) : [], (sample) => [
      [
        `${sample.operation.name}, twice with one key`,
        { kind: 'call', operation: sample.operation, repeated: true },
        success,
      ],
    ]),
    ...(event === undefined ? [] : [eventRow(event)]),
  ]);
}

function withoutTheRole({ pair, read, write, samples }: Aim) {
  const group = `Without ${callingRole(pair).name}`;
  // In one account, an identity policy is enough for these three.
  const acrossAccounts = probesOfGroup(group, 'account B', [
    ...rowsOfEach([read ?? write], ({ request }) => [
      ['account B’s profile signs itself', { kind: 'send', request }, answersOf(pair.api).notAllowed],
    ]),
    ...rowsOfEach(samples, ({ route, operation }) => [
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
      : probesOfGroup(group, account, [
          [`${account}’s profile assumes the role`, { kind: 'assume' }, mayNotAssume],
        ]);
  return [
    ...assumedBy('account B'),
    ...(isInAccountOf(pair, pair.caller.arn) ? [] : acrossAccounts),
    ...assumedBy('account A'),
  ];
}

/** In the API's account, identity policies are enough to call it: its resource policy keeps no one out. */
function isInAccountOf({ api }: ProbedStage['pair'], arn: string): boolean {
  return accountOf(arn) === api.accountId;
}

const inAnotherOrganization = { organizationId: 'o-verifynone' };

function trustPolicy({ pair, trustedOrganizationId }: ProbedStage) {
  const { externalId } = pair;
  const { roleArn } = pair.caller;
  const as = (principal: string, sent = externalId, further = {}): ProbeRequest => ({
    kind: 'admission',
    principal,
    externalId: sent,
    ...further,
  });
  return probesOfGroup('Trust policy of the invoke role', 'reading', [
    ['the caller’s role, wrong external ID', as(roleArn, `${externalId}x`), denied],
    ['the caller’s role, no external ID', { kind: 'admission', principal: roleArn }, denied],
    ['another role of account B', as(`${roleArn}-2`), denied],
    ['a role of its name elsewhere', as(inUnknownAccount(roleArn)), denied],
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
  const attack = (name: string, route: string | undefined): readonly ProbeRow[] =>
    route === undefined ? [] : [[name, as(roleArn, { route }), denied]];
  return probesOfGroup('Resource policy of the API', 'reading', [
    ['another role of account B', as(`${roleArn}-2`), denied],
    ['a role of its name elsewhere', as(inUnknownAccount(roleArn)), denied],
    ...attack('the caller’s role, a route that it is not admitted to', noPath && `GET ${noPath}`),
    ...attack('the caller’s role, another method', anotherMethod(pair, write ?? read)),
    ...(trustedOrganizationId === undefined
      ? []
      : [['account B in another organization', as(roleArn, inAnotherOrganization), denied] as const]),
  ]);
}

/** A method that an API does not serve at the path of an operation. @example 'DELETE /messages' */
function anotherMethod({ api }: ProbedStage['pair'], sample: Sample | undefined): string | undefined {
  const path = sample?.request.path;
  const method = path === undefined ? undefined : unservedMethodOf(api.routes, path);
  return method && `${method} ${path}`;
}

function rolePolicies({ pair, read, write, noPath, idempotencyTable }: Aim) {
  const { api, stage, caller } = pair;
  const { partition } = parseArn(caller.arn);
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${api.region}:${api.accountId}:${resource}`;
  const { name } = callingRole(pair);
  const role = name.replace('the ', '');
  const invoke = (what: string, place: string, route: string | undefined): readonly ProbeRow[] => {
    if (route === undefined) return [];
    const resource = arn('execute-api', `${place}/${route.replace(' ', '')}`);
    return [[`${role}, ${what}`, { kind: 'grant', action: 'execute-api:Invoke', resource }, denied]];
  };
  const own = `${api.apiId}/${stage}`;
  const { method, path } = (write ?? read)?.request ?? {};
  const route = method && `${method} ${path}`;
  const table = arn('dynamodb', `table/${idempotencyTable ?? 'any'}`);
  const [functionArn = arn('lambda', 'function:any')] = api.routes.flatMap((each) => each.functionArn ?? []);
  return probesOfGroup(`Policies of ${name}`, 'reading', [
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
 * One further caller: it gets in, and no other principal gets in as it, not even a caller that knows its external ID.
 * @param number is used in reports instead of its name, which may be confidential
 */
function furtherCaller({ pair, furtherCallers, noPath }: Aim, of: ProbedCaller, number: number) {
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
    kind: 'admission',
    principal,
    externalId: sent,
    of,
  });
  const getsIn: ProbeRow = [
    `caller ${number}, its routes`,
    { kind: 'further caller', of },
    { outcome: 'allowed' },
  ];
  const anotherRole: ProbeRow = [`caller ${number}, another role of its account`, as(`${roleArn}-2`), denied];
  const group = `Caller ${number}`;

  if (of.invokeRoleArn === undefined) {
    if (isInAccountOf(pair, roleArn)) return probesOfGroup(group, 'reading', [getsIn]);
    return probesOfGroup(group, 'reading', [
      getsIn,
      anotherRole,
      ...routesNotItsOwn.map(
        ([name, route]): ProbeRow => [name, { kind: 'admission', principal: roleArn, of, route }, denied],
      ),
    ]);
  }
  const { partition } = parseArn(caller.arn);
  const grant = (route: string): ProbeRequest => ({
    kind: 'grant',
    action: 'execute-api:Invoke',
    of,
    resource: `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}/${pair.stage}/${route.replace(' ', '')}`,
  });
  const others = [caller.roleArn, ...furtherCallers.map((each) => each.roleArn)].flatMap(
    (principal, index) => (principal === roleArn ? [] : [[index + 1, principal] as const]),
  );
  return probesOfGroup(group, 'reading', [
    getsIn,
    [`caller ${number}, wrong external ID`, as(roleArn, `${externalId}x`), denied],
    [`caller ${number}, no external ID`, { kind: 'admission', principal: roleArn, of }, denied],
    anotherRole,
    ...others.map(
      ([other, principal]): ProbeRow => [`caller ${other} as caller ${number}`, as(principal), denied],
    ),
    [
      `caller ${number} as caller 1`,
      { kind: 'admission', principal: roleArn, externalId: pair.externalId },
      denied,
    ],
    ...routesNotItsOwn.map(([name, route]): ProbeRow => [name, grant(route), denied]),
  ]);
}

const stageAndPolicies = probesOfGroup('Deployment', 'reading', [
  ['policies allow every step of the call', { kind: 'chain' }, noBrokenLink],
  [
    'stage serves the API’s routes, signed',
    { kind: 'routes' },
    { outcome: 'as configured', words: 'all signed' },
  ],
]);
