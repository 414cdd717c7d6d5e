import { accountOf } from '@cross-account-api/iam';
import { type ApiFacts, DEFAULT_ROUTE } from '@cross-account-api/iam/explanation';
import { missingExamples, type Sample, unservedMethodOf, unservedPathOf } from './operations.ts';
import type { Expectation, PlainRequest, Probe, ProbeRequest, ProbeSigner } from './probe.ts';

/** AWS refuses signatures that are more than 5 minutes old. The rest is for a clock that is wrong. */
const REPLAY_MINUTES = 10;

/** The request was executed. */
export const success: Expectation = { outcome: '2xx' };

/**
 * A refusal of the handler that the contract declares also proves that the request reached it. The example of a path parameter may
 * name a missing resource: then the API's own 404 proves it, as does any refusal of its own if an example is missing.
 */
export function reachedHandler({ operation }: Sample): Expectation {
  const { path, refusals = [] } = operation;
  const undeclared =
    missingExamples(operation).length > 0 ? ['400', '404', '422'] : path.includes('{') ? ['404'] : [];
  const outcome = [success.outcome, ...new Set([...undeclared, ...refusals])].join(' or ');
  return refusals.length === 0 ? { outcome } : { outcome, refusals };
}

/** STS's answer to a principal that a role, or its own account, does not admit. */
export const mayNotAssume: Expectation = {
  outcome: '403 AccessDenied',
  words: 'is not authorized to perform: sts:AssumeRole',
};
/** No link of the chain breaks. A policy that cannot be read is no failure: a note says so. */
export const noBrokenLink: Expectation = { outcome: 'allowed or undecided' };

/** The evaluated action must be denied. */
export const denied: Expectation = { outcome: 'denied' };

/** The answer of a service to a principal that no policy allows an action. */
export const mayNot = (action: string): Expectation => ({
  outcome: '403 AccessDeniedException',
  words: `is not authorized to perform: ${action}`,
});

/** What a kind of API answers to requests that it must refuse. */
export interface Answers {
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

const ofRestApi: Answers = {
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

/** An HTTP API gives no reason. */
const ofHttpApi: Answers = {
  noRoute: notFound,
  noStage: notFound,
  unsigned: forbidden,
  wrongSignature: forbidden,
  wrongRegion: forbidden,
  replayed: forbidden,
  malformedToken: forbidden,
  notAllowed: forbidden,
};

/** What an API answers to requests that it must refuse. */
export function answersOf({ protocol, routes }: Pick<ApiFacts, 'protocol' | 'routes'>): Answers {
  if (protocol !== 'HTTP') return ofRestApi;
  const hasDefault = routes.some(({ path }) => path === DEFAULT_ROUTE);
  // `$default` answers any path. The role may not call it, or the function does not know the path.
  return hasDefault ? { ...ofHttpApi, noStage: { outcome: '403 or 404' } } : ofHttpApi;
}

/** A probe without the fields that its group shares. */
export type ProbeRow = readonly [name: string, request: ProbeRequest, expected: Expectation];

/** The probes of a group. */
export function probesOfGroup(
  group: string,
  credentials: ProbeSigner,
  rows: readonly ProbeRow[],
): readonly Probe[] {
  return rows.map(([name, request, expected]) => ({ group, name, credentials, request, expected }));
}

/** The caller function is invoked once with an event of the user. */
export function eventRow(event: unknown): ProbeRow {
  return ['the event of --event', { kind: 'event', event }, { outcome: 'returned' }];
}

/** The rows of the samples that exist. */
export function rowsOfEach<One extends Sample>(
  samples: readonly (One | undefined)[],
  rows: (sample: One) => readonly ProbeRow[],
): ProbeRow[] {
  return samples.flatMap((sample) => (sample === undefined ? [] : rows(sample)));
}

/** What decides on the requests to routes that an API does not have. */
export interface MissingRoutes {
  /** The requests that may be sent. */
  readonly samples: readonly Sample[];
  /** All routes of the API. */
  readonly routes: ApiFacts['routes'];
  /** Whether other methods than GET and HEAD may be sent. */
  readonly allowWrite: boolean;
}

/**
 * How the API answers requests to routes that it does not have.
 * @param credentials any: API Gateway looks for the route before it checks permissions
 */
export function missingRoutes(
  { samples, routes, allowWrite }: MissingRoutes,
  { noRoute }: Answers,
  credentials: ProbeSigner,
): readonly Probe[] {
  const missing = (name: string, method?: string, path?: string): readonly ProbeRow[] =>
    method === undefined || path === undefined
      ? []
      : [[name, { kind: 'send', request: { method, path } }, noRoute]];
  const noPath = unservedPathOf(routes);
  const path = samples[0]?.request.path;
  const method = path !== undefined && allowWrite ? unservedMethodOf(routes, path) : undefined;
  return probesOfGroup('Routes that do not exist', credentials, [
    ...missing('another route', 'GET', noPath),
    ...missing('another method', method, path),
  ]);
}

/** How the API answers an unsigned request. */
export function withoutSignature(samples: readonly Sample[], { unsigned }: Answers): readonly Probe[] {
  return probesOfGroup(
    'No signature',
    'nobody',
    rowsOfEach(samples, ({ route, request }) => [
      [`unsigned ${route}`, { kind: 'send', request }, answerTo(request, unsigned)],
    ]),
  );
}

/** Requests whose signatures are probed: one that reads, and one with a body. */
export interface SignedSamples {
  readonly read: Sample | undefined;
  readonly write: Sample | undefined;
  /** Whether `read` may be executed. Default: `true` */
  readonly executesRead?: boolean;
}

/**
 * How the API answers a wrong signature.
 * @param credentials any: API Gateway checks a signature before it checks permissions
 * @param correct the answer to a correct one. Default: the route is reached
 */
export function signatures(
  { read, write, executesRead = true }: SignedSamples,
  api: Pick<ApiFacts, 'region' | 'protocol' | 'routes'>,
  credentials: ProbeSigner = 'account A',
  correct?: Expectation,
): readonly Probe[] {
  const refusals = answersOf(api);
  const anotherRegion = api.region === 'us-west-2' ? 'us-east-1' : 'us-west-2';
  return probesOfGroup('Signatures', credentials, [
    ...rowsOfEach(executesRead ? [read] : [], (sample) => [
      ['correct signature', { kind: 'send', request: sample.request }, correct ?? reachedHandler(sample)],
    ]),
    ...rowsOfEach([write], ({ request }) => [
      [
        'body changed after signing',
        { kind: 'send', request, tampered: { body: '{"verify":false}' } },
        refusals.wrongSignature,
      ],
    ]),
    ...rowsOfEach([read], ({ request }) => wrongSignatures(request, anotherRegion, refusals)),
  ]);
}

function wrongSignatures(
  read: PlainRequest,
  anotherRegion: string,
  { wrongSignature, wrongRegion, replayed, malformedToken, noStage }: Answers,
): readonly ProbeRow[] {
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

/** The answer to a HEAD request has no body, which would hold AWS's words. */
function answerTo({ method }: PlainRequest, { outcome, words }: Expectation): Expectation {
  return method === 'HEAD' || words === undefined ? { outcome } : { outcome, words };
}

/** The ARN of a role of the same name in an account that nobody has. */
export function inUnknownAccount(roleArn: string): string {
  return roleArn.replace(`:${accountOf(roleArn)}:`, ':999999999999:');
}
