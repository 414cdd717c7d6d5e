import type { OrganizationMembership } from '../../decision/policy-source.ts';
import type { NamedPolicy } from '../../principal.ts';

/** A user or a role, and the policies that apply to it. */
export interface HolderFacts {
  readonly arn: string;
  /** `AROA…` or `AIDA…` */
  readonly uniqueId: string;
  /** Inline and attached ones. */
  readonly policies: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** A role. */
export interface RoleFacts extends HolderFacts {
  readonly trust: NamedPolicy;
  /** In seconds. Absent if it was not read. */
  readonly maxSessionSeconds?: number | undefined;
}

/** A function's configuration. */
export interface FunctionFacts {
  /** Without a version. */
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it is connected to a VPC. Absent if it was not read. */
  readonly inVpc?: boolean | undefined;
  /** The state of the function, or of the version that was asked for, with AWS's reason. Absent if it was not read. */
  readonly state?: { readonly name: string; readonly reason?: string | undefined } | undefined;
  /** The customer managed key with which Lambda encrypts its environment. Absent if it has none, or if it was not read. */
  readonly keyArn?: string | undefined;
}

/** The path of the `$default` route of an HTTP API, which answers all requests without a route. Its method is `ANY`. */
export const DEFAULT_ROUTE = '$default';

/** A method of a REST API, or a route of an HTTP API, and its integration. */
export interface RouteFacts {
  /** `POST`, or `ANY`. */
  readonly method: string;
  /** As configured, e.g. `/messages/{id}`, or {@link DEFAULT_ROUTE}. */
  readonly path: string;
  /** `AWS_IAM`, `NONE`, `CUSTOM`, `COGNITO_USER_POOLS`. */
  readonly authorizationType: string;
  /** Whether a request needs an API key. Absent if it needs none. */
  readonly apiKeyRequired?: true;
  /** The function that it invokes, if the integration is a function. */
  readonly functionArn?: string | undefined;
  /**
   * The principal as which API Gateway invokes the function: a role's ARN, or `caller` (also `arn:aws:iam::*:user/*`) for the one
   * that calls the API. Absent if API Gateway invokes as itself.
   */
  readonly credentials?: string | undefined;
}

/** A REST API or an HTTP API. */
export interface ApiFacts {
  /** Absent: a REST API. An HTTP API has no resource policy. */
  readonly protocol?: 'HTTP' | undefined;
  readonly apiId: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly policy?: NamedPolicy | undefined;
  /** The VPC endpoints with which a private API is associated. Absent if it is public. */
  readonly privateTo?: readonly string[] | undefined;
  /** Whether the API answers at custom domains only. */
  readonly defaultEndpointDisabled?: boolean | undefined;
  readonly routes: readonly RouteFacts[];
}

/**
 * Reads deployed policies, at local AWS or at the real one. Each method returns `undefined` for a resource that does not
 * exist, and throws an `Error` with a message for a person if the resource cannot be read.
 */
export interface PolicyReader {
  /** The AWS organization of an account, with the policies that could be read; `undefined` if none is known. */
  organization(accountId: string): Promise<OrganizationMembership | undefined>;
  role(arn: string): Promise<RoleFacts | undefined>;
  user(arn: string): Promise<HolderFacts | undefined>;
  /** @param arn with a version or alias, to read its policy */
  functionPolicy(arn: string): Promise<NamedPolicy | undefined>;
  /** @param arn with or without a version or alias */
  function(arn: string): Promise<FunctionFacts | undefined>;
  api(api: {
    readonly accountId: string;
    readonly region: string;
    readonly apiId: string;
  }): Promise<ApiFacts | undefined>;
}
