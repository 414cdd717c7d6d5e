import {
  type ApiFacts,
  type Circumstances,
  type FunctionFacts,
  type NamedPolicy,
  type PolicyReader,
  parseArn,
  type ServicePrincipal,
} from '@cross-account-api/iam';
import type { Found } from '../aws/find.ts';
import type { ServedStage } from '../aws/served-stage.ts';
import type { MethodAndPath } from './find-route.ts';
import type { UnreadSides } from './judge.ts';
import type { Unread } from './link.ts';
import type { Address } from './links/endpoint.ts';
import type { SignedFor } from './links/signature.ts';

/** A caller: a function, or a role of which nothing else is known. */
export interface Caller extends Pick<FunctionFacts, 'name'> {
  /** Absent if it is not known to be a function. */
  readonly arn?: string | undefined;
  /** Absent if the function could not be read. */
  readonly roleArn?: string | undefined;
  /** Whether the function is connected to a VPC. Absent if that is not known. */
  readonly inVpc?: boolean | undefined;
}

/** A caller, and the role that it assumes, if it does not call as itself. */
export interface CallerSide<Who extends Caller = Caller> {
  readonly caller: Who;
  /** The role that the caller assumes. Absent if it calls as its own role, which the API's resource policy has to admit. */
  readonly invokeRoleArn?: string | undefined;
  /** The external ID that the caller sends. */
  readonly externalId?: string | undefined;
  /** The session name that the caller sends with AssumeRole. */
  readonly sessionName: string;
  /** The lifetime of the session that the caller wants. Absent: STS's default */
  readonly sessionSeconds?: number | undefined;
}

/** A caller, and an API of another account that it calls: as a role of that account, or as itself. */
export interface Pair<Who extends Caller = FunctionFacts> extends CallerSide<Who> {
  readonly api: ApiFacts;
  /** The reason why only the API's ID is known. */
  readonly apiUnread?: Unread | undefined;
  /** The API's stage. */
  readonly stage: string;
  /** The routes that the stage serves. Absent: those of the API. */
  readonly served?: ServedStage | undefined;
  /** The reason why the served routes are not known. */
  readonly servedUnread?: Unread | undefined;
  /** The routes that the caller calls. Absent: all of the API. */
  readonly asked?: readonly MethodAndPath[] | undefined;
  /** The name of a route for people. Absent: the route itself. */
  readonly nameOfRoute?: ((route: MethodAndPath) => string) | undefined;
  readonly address?: Address | undefined;
  /**
   * The routes that callers without IAM are meant to call, e.g. `GET /health`: events of the project's serverless.yml declare them. Absent:
   * the API is not of this project, and nothing is known of its intentions.
   */
  readonly declaredOpen?: readonly string[] | undefined;
  /** The region and service that the caller signs for. */
  readonly signedFor?: SignedFor | undefined;
  /** By function ARN, the `Sid` that the function's stack gives the permission for this API. */
  readonly permissionIds: ReadonlyMap<string, string>;
  /** The VPC endpoint through which the caller reaches a private API. */
  readonly vpcEndpointId?: string | undefined;
  /** The policy of that endpoint. */
  readonly vpcEndpoint?: Found<NamedPolicy> | undefined;
}

/** Accounts whose AWS organization is unknown. */
export type UnreadOrganizations = UnreadSides['organizations'];

export interface Walk<Side extends CallerSide = CallerSide> {
  readonly pair: Side;
  readonly reader: PolicyReader;
  readonly circumstances: Circumstances;
  readonly organizations: UnreadOrganizations;
  /** The region of the STS that the caller asks, if the caller is not a function. */
  readonly region: string;
}

export type ApiWalk = Walk<Pair<Caller>>;

export const lambda: ServicePrincipal = { type: 'Service', service: 'lambda.amazonaws.com' };

export const apiGateway: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };

export const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

export function isFunction(caller: Caller): caller is Caller & { readonly arn: string } {
  return caller.arn !== undefined;
}

export function callerAccountOf({ roleArn, arn = '' }: Caller): string {
  return parseArn(roleArn ?? arn).accountId;
}

export function stageArn(pair: Pair<Caller>): string {
  return `${apiArn(pair)}/${pair.stage}`;
}

export function apiArn({ api, caller, invokeRoleArn }: Pair<Caller>): string {
  const { partition } = parseArn(caller.roleArn ?? caller.arn ?? invokeRoleArn ?? '');
  return `arn:${partition}:execute-api:${api.region}:${api.accountId}:${api.apiId}`;
}

export function short(roleArn: string): string {
  return `role ${parseArn(roleArn).name}`;
}
