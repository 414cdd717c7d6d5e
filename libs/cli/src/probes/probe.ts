import type { ContractOperation } from '../project/contract.ts';

/**
 * Whose credentials a probe uses: the caller function's own, those of a profile that is the caller, those of the two profiles, none at all, or (`reading`)
 * those of the profiles, to read policies and evaluate them here.
 */
export type ProbeSigner = 'caller function' | 'the caller' | 'account A' | 'account B' | 'nobody' | 'reading';

/** A request to the API, before it is signed. */
export interface PlainRequest {
  readonly method: string;
  /** Below the stage. */
  readonly path: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A deviation from a correct signature. */
export interface SigningFault {
  /** The region in the signature's scope. */
  readonly region?: string;
  /** The claimed age of the signature, in minutes. */
  readonly ageMinutes?: number;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
}

/** A caller of the stage that is not the caller of this repository. */
export interface ProbedCaller {
  readonly name: string;
  /** The role in the caller's account. */
  readonly roleArn: string;
  readonly externalId: string | undefined;
  /** @example ['GET /whoami'] */
  readonly routes: readonly string[];
  /** Absent in access mode `resource-policy`: it calls as itself. */
  readonly invokeRoleArn?: string | undefined;
  /** The session name that it sends with AssumeRole. Default: that of the caller function. */
  readonly sessionName?: string;
  /** The AWS organization that its account is taken to be in if it cannot be read: the one that the stage trusts. */
  readonly trustedOrganizationId?: string | undefined;
}

/** The request of a probe. */
export type ProbeRequest =
  /** The caller function calls the API, as it does in production. */
  | {
      readonly kind: 'call';
      readonly operation: ContractOperation;
      readonly repeated?: true;
    }
  /** The caller function is invoked with an event that the user gave. It is the owner's function: nothing is known about its calls. */
  | { readonly kind: 'event'; readonly event: unknown }
  /** A request goes to the API directly. */
  | {
      readonly kind: 'send';
      readonly request: PlainRequest;
      /** Default: the deployed stage. */
      readonly stage?: string;
      readonly fault?: SigningFault;
      /** The changes after signing. */
      readonly tampered?: Partial<PlainRequest>;
    }
  /** STS is asked for a session of the invoke role, with the right external ID. */
  | { readonly kind: 'assume' }
  /** Lambda is asked whether it would invoke the function behind a route. The function does not run. */
  | { readonly kind: 'dry run'; readonly route: Pick<PlainRequest, 'method' | 'path'> }
  /**
   * Would account A admit this principal in place of a caller if the principal's account allowed it everything? The trust policy of
   * the caller's invoke role decides or, without one, the API's resource policy.
   */
  | {
      readonly kind: 'admission';
      readonly principal: string;
      /** The external ID that it sends with AssumeRole. */
      readonly externalId?: string | undefined;
      /** The route that it calls, if the resource policy decides. Default: the caller's first route. */
      readonly route?: string;
      /** The caller. Default: the caller function. */
      readonly of?: ProbedCaller;
      /** Default: that of both accounts. */
      readonly organizationId?: string;
    }
  /** Do the policies of the role as which a caller calls allow this? The API's resource policy is assumed to leave it to them. */
  | {
      readonly kind: 'grant';
      readonly action: string;
      readonly resource: string;
      /** The caller. Default: the caller function. */
      readonly of?: ProbedCaller;
    }
  /** Does account A admit a further caller to its routes? */
  | { readonly kind: 'further caller'; readonly of: ProbedCaller }
  /** Do the policies allow every step of the call? */
  | { readonly kind: 'chain' }
  /** Which routes does the stage serve? */
  | { readonly kind: 'routes' };

/** One probe. `group`, `name` and `expected` must not identify a deployment: reports contain them. */
export interface Probe {
  readonly group: string;
  readonly name: string;
  readonly credentials: ProbeSigner;
  /** The ID of the account whose profile signs, if it is neither account A nor account B of the stage. */
  readonly signerAccountId?: string;
  readonly request: ProbeRequest;
  readonly expected: Expectation;
}

/** The right answer to a probe. */
export interface Expectation {
  /** See {@link Observation.outcome}. There may be several: `2xx or 404`. `2xx`: each status of this class. */
  readonly outcome: string;
  /** Must be in the message, in AWS's own words. */
  readonly words?: string;
  /** The statuses among {@link outcome} with which the handler refuses, as the contract declares. Default: none. */
  readonly refusals?: readonly string[];
}

/** The outcome of a probe. */
export interface Observation {
  /**
   * HTTP status and AWS's error type, e.g. `403 AccessDenied`; for evaluated policies `denied` or `allowed`; for a call that
   * succeeded in another way than it should `another identity`, `another message` or `executed twice`; for a batch whose result names
   * records that failed `batch failures`.
   */
  readonly outcome: string;
  /** One line, without secrets. */
  readonly message: string;
}

/** A probe and its outcome. */
export interface ProbeResult {
  readonly probe: Probe;
  readonly observed: Observation;
  readonly pass: boolean;
}

/** Whether an observation matches the expectation. */
export function isAsExpected({ outcome, words = '' }: Expectation, observed: Observation): boolean {
  const fits = (each: string) =>
    /^\dxx$/.test(each) ? RegExp(`^${each[0]}\\d\\d$`).test(observed.outcome) : each === observed.outcome;
  return outcome.split(' or ').some(fits) && observed.message.includes(words);
}

/** Whether the handler refused a request as the contract declares. Then the request reached it, and nothing was executed. */
export function isDeclaredRefusal({ refusals = [] }: Expectation, { outcome }: Observation): boolean {
  return refusals.includes(outcome);
}

/** @example '403 AccessDenied: is not authorized to perform: sts:AssumeRole' */
export function describeExpectation({ outcome, words = '' }: Expectation): string {
  return describeObservation({ outcome, message: words });
}

/** @example '403 AccessDenied: User: … is not authorized to perform: sts:AssumeRole on resource: …' */
export function describeObservation({ outcome, message }: Observation): string {
  return message === '' ? outcome : `${outcome}: ${message}`;
}
