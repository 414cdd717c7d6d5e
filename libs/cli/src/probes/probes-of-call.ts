import type { RouteFacts } from '@cross-account-api/iam/explanation';
import {
  answersOf,
  denied,
  eventRow,
  inUnknownAccount,
  mayNot,
  missingRoutes,
  noBrokenLink,
  type ProbeRow,
  probesOfGroup,
  reachedHandler,
  rowsOfEach,
  signatures,
  withoutSignature,
} from './common-probes.ts';
import type { Sample } from './operations.ts';
import type { Probe, ProbeRequest, ProbeSigner } from './probe.ts';

/** The facts about a call of any API that decide on its probes. */
export interface CallFacts {
  /** The requests that may be sent. */
  readonly samples: readonly Sample[];
  readonly region: string;
  /** `undefined`: a REST API. */
  readonly protocol: 'HTTP' | undefined;
  /** The routes that are called, with the functions behind them, if they could be read. */
  readonly called: readonly RouteFacts[];
  /** All routes of the API. `undefined`: they could not be read. */
  readonly routes: readonly RouteFacts[] | undefined;
  /** Whether other methods than GET and HEAD may be sent. */
  readonly allowWrite: boolean;
  /** The accounts that profiles were given for. */
  readonly profiles: readonly ('account A' | 'account B')[];
  /** The ID of the caller's account, if that is not account B of the stage. */
  readonly furtherAccountId?: string | undefined;
  /** Whether the profile of account B is the caller itself. */
  readonly isCaller: boolean;
  /** An event of the user with which the caller function makes the call. `undefined`: none */
  readonly event?: unknown;
  /** Whether API and caller are in two accounts. */
  readonly isAcrossAccounts: boolean;
  /** Absent if it is not known. */
  readonly callerRoleArn: string | undefined;
  /** The role that the caller assumes. */
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
}

/**
 * The probes that apply to any API that admits a caller of another account. It is the owner's choice which other principals a
 * resource policy or a trust policy admits: that is not probed.
 */
export function probesOfCall(api: CallFacts): readonly Probe[] {
  const { samples, profiles, isCaller, event } = api;
  const [signer] = profiles;
  const planned = [
    ...probesOfGroup('The call', 'caller function', event === undefined ? [] : [eventRow(event)]),
    ...(isCaller ? probesOfGroup('The call', 'the caller', rowsOfEach(samples, calls)) : []),
    ...withoutSignature(samples, answersOf(known(api))),
    ...(signer === undefined || api.routes === undefined
      ? []
      : missingRoutes({ ...api, routes: api.routes }, answersOf(known(api)), signer)),
    ...(signer === undefined ? [] : wrongSignatures(api, signer)),
    ...(profiles.includes('account B') ? withoutTheRole(api) : []),
    ...(profiles.includes('account A') ? trustPolicy(api) : []),
    ...probesOfGroup('Policies and deployment', 'reading', [
      ['policies allow every step of the call', { kind: 'chain' }, noBrokenLink],
    ]),
  ];
  const { furtherAccountId } = api;
  return furtherAccountId === undefined
    ? planned
    : planned.map((probe) => withAccount(probe, furtherAccountId));
}

/** "Account B" is the caller of the stage. Another account is named by its ID. */
function withAccount(probe: Probe, accountId: string): Probe {
  if (probe.credentials !== 'account B') return probe;
  return {
    ...probe,
    name: probe.name.replace('account B', `account ${accountId}`),
    signerAccountId: accountId,
  };
}

const calls = (sample: Sample): readonly ProbeRow[] => [
  [sample.route, { kind: 'send', request: sample.request }, reachedHandler(sample)],
];

/** The facts that decide how an API refuses requests. */
function known({ region, protocol, routes = [] }: CallFacts) {
  return { region, protocol, routes };
}

/**
 * An HTTP API answers a wrong signature and a missing permission in the same words. So only the caller, which has the permission,
 * can be told that its signature is wrong.
 */
function wrongSignatures(api: CallFacts, signer: ProbeSigner): readonly Probe[] {
  const { samples, protocol, isCaller } = api;
  const sent = {
    read: samples.find(({ request: { method } }) => method === 'GET'),
    write: samples.find(({ request: { body } }) => body !== undefined),
  };
  if (protocol === 'HTTP') return isCaller ? signatures(sent, known(api), 'the caller') : [];
  return signatures(sent, known(api), signer, { outcome: '2xx or 4xx or 403 AccessDeniedException' });
}

function withoutTheRole(api: CallFacts): readonly Probe[] {
  const { samples, called, roleArn, isAcrossAccounts } = api;
  if (!isAcrossAccounts) return [];
  const [first] = samples;
  return probesOfGroup('Around the API', 'account B', [
    ...rowsOfEach(roleArn === undefined ? [] : [first], ({ request }) => [
      ['account B’s profile signs itself', { kind: 'send', request }, answersOf(known(api)).notAllowed],
    ]),
    ...called.flatMap(({ method, path, functionArn }): ProbeRow[] =>
      functionArn === undefined
        ? []
        : [
            [
              `function of ${method} ${path}, invoked`,
              { kind: 'dry run', route: { method, path } },
              mayNot('lambda:InvokeFunction'),
            ],
          ],
    ),
  ]);
}

function trustPolicy({ roleArn, externalId, callerRoleArn }: CallFacts): readonly Probe[] {
  if (roleArn === undefined || callerRoleArn === undefined) return [];
  const as = (principal: string, sent?: string): ProbeRequest => ({
    kind: 'admission',
    principal,
    externalId: sent,
  });
  return probesOfGroup('Trust policy of the role', 'reading', [
    ...(externalId === undefined
      ? []
      : [
          ['the caller’s role, wrong external ID', as(callerRoleArn, `${externalId}x`), denied] as const,
          ['the caller’s role, no external ID', as(callerRoleArn), denied] as const,
        ]),
    ['a role of its name elsewhere', as(inUnknownAccount(callerRoleArn), externalId), denied],
  ]);
}
