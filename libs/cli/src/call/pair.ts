import {
  type ConditionKeys,
  likelyPartitionOf,
  type NamedPolicy,
  parseArn,
  type ServicePrincipal,
  splitFunctionArn,
} from '@cross-account-api/iam';
import type { ApiFacts, Circumstances, FunctionFacts } from '@cross-account-api/iam/explanation';
import type { Found } from '../aws/find.ts';
import type { ChainReader } from '../aws/policy-reader.ts';
import type { ServedStage } from '../aws/served-stage.ts';
import type { KnownByProject } from './call.ts';
import type { MethodAndPath } from './find-route.ts';
import type { Unread } from './link.ts';
import type { UnreadSides } from './link-of-decision.ts';
import type { Address } from './links/endpoint.ts';
import type { SignedFor } from './links/signature.ts';

/** A caller. What it is says which of its ARNs are known. */
export type CallingPrincipal = CallerFunction | UnreadFunction | CallerRole | CallerUser | UnsignedCaller;

/** A function that calls, with its role. */
export interface CallerFunction extends FunctionFacts {
  readonly kind: 'function';
}

/** A function that could not be read, so its role is not known. */
export interface UnreadFunction extends Pick<FunctionFacts, 'arn' | 'name'> {
  readonly kind: 'unread function';
}

/** A role, of which it is not known who assumes it. */
export interface CallerRole {
  readonly kind: 'role';
  readonly name: string;
  readonly roleArn: string;
  /** The name of its session, if the user knows it. */
  readonly sessionName: string | undefined;
}

/** A user of IAM. */
export interface CallerUser {
  readonly kind: 'user';
  readonly name: string;
  readonly userArn: string;
}

/** A caller that sends its requests without a signature. */
export interface UnsignedCaller {
  readonly kind: 'unsigned';
  readonly name: string;
}

/** A caller, and the role that it assumes, if it does not call as itself. */
export interface CallerSide<Who extends CallingPrincipal = CallingPrincipal> {
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

/** What could be read of an API and its stage. */
export type TargetReading =
  | { readonly known: 'API and stage'; readonly served: ServedStage; readonly unread?: undefined }
  /** @property unread the reason why the stage is not known. Absent: nobody looked for it */
  | { readonly known: 'API'; readonly served?: undefined; readonly unread?: Unread | undefined }
  /** The API has no more than its ID, its account and its region. */
  | { readonly known: 'ID'; readonly served?: undefined; readonly unread: Unread };

/** A caller, and an API of another account that it calls: as a role of that account, or as itself. */
export interface Pair<Who extends CallingPrincipal = CallerFunction> extends CallerSide<Who> {
  readonly api: ApiFacts;
  /** The API's stage. */
  readonly stage: string;
  readonly reading: TargetReading;
  /** The routes that the caller calls. Absent: all of the API. */
  readonly asked?: readonly MethodAndPath[] | undefined;
  /** The address that the caller uses. Absent: an answer of the API was given, so the address is right. */
  readonly address?: Address | undefined;
  /** The region and service that the caller signs for. Absent: nobody asks about it. */
  readonly signedFor?: SignedFor | undefined;
  /** What the project says about its API. Absent: the API is of another project, and nothing is known of its intentions. */
  readonly project?: KnownByProject | undefined;
  /** The VPC endpoint through which the caller reaches the API. Absent: it uses none. */
  readonly vpcEndpoint?: UsedVpcEndpoint | undefined;
}

/** A VPC endpoint that a call passes. */
export interface UsedVpcEndpoint {
  readonly id: string;
  /** Its policy. Absent: the API is not private, or not known, so nothing asks for the policy. */
  readonly policy?: Found<EndpointPolicy> | undefined;
}

/** The policy of a VPC endpoint. */
export interface EndpointPolicy extends NamedPolicy {
  /** The account of its VPC. */
  readonly accountId: string;
}

/** Accounts whose AWS organization is unknown. */
export type UnreadOrganizations = UnreadSides['organizations'];

/** What the links of a chain are read from, and judged under. */
export interface Walk<Side extends CallerSide = CallerSide> {
  readonly pair: Side;
  readonly reader: ChainReader;
  readonly circumstances: Circumstances;
  readonly organizations: UnreadOrganizations;
  /** The region of the STS that the caller asks, if the caller is not a function. */
  readonly region: string;
  /** What the caller sends with AssumeRole, with the changes that this link needs. Absent: what the user gave */
  readonly sent?: ConditionKeys;
}

/** A walk to an API. */
export type ApiWalk = Walk<Pair<CallingPrincipal>>;

/** Lambda, which assumes the roles of functions. */
export const lambdaService: ServicePrincipal = { type: 'Service', service: 'lambda.amazonaws.com' };

/** API Gateway, which invokes functions. */
export const apiGatewayService: ServicePrincipal = { type: 'Service', service: 'apigateway.amazonaws.com' };

/** The principal for which API Gateway asks if a request is not signed. */
export const anonymousCaller: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/** The reason why no more than the API's ID is known. `undefined` if the API was read. */
export function apiUnreadOf({ reading }: Pick<Pair, 'reading'>): Unread | undefined {
  return reading.known === 'ID' ? reading.unread : undefined;
}

/** Whether a caller is known to be a function. */
export function isFunction(caller: CallingPrincipal): caller is CallerFunction | UnreadFunction {
  return caller.kind === 'function' || caller.kind === 'unread function';
}

/** The account of a caller. Empty if it does not sign. */
export function callerAccountOf(caller: CallingPrincipal): string {
  return parseArn(knownArnOf(caller)).accountId;
}

/** The role as which a caller acts itself. `undefined` if it is a user, or if its role is not known. */
export function ownRoleOf(caller: CallingPrincipal): string | undefined {
  return caller.kind === 'function' || caller.kind === 'role' ? caller.roleArn : undefined;
}

/** The role or user as which a caller acts itself. `undefined` if that is not known. */
export function ownArnOf(caller: CallingPrincipal): string | undefined {
  return caller.kind === 'user' ? caller.userArn : ownRoleOf(caller);
}

/** An ARN in the account of a caller. Empty if it does not sign. */
function knownArnOf(caller: CallingPrincipal): string {
  return caller.kind === 'unread function' ? caller.arn : (ownArnOf(caller) ?? '');
}

/** The ARN with which `execute-api` names a stage. */
export function stageArn(pair: Pair<CallingPrincipal>): string {
  return `${apiArn(pair)}/${pair.stage}`;
}

/** The ARN with which `execute-api` names an API. */
export function apiArn({ api, caller, invokeRoleArn }: Pair<CallingPrincipal>): string {
  const { partition } = parseArn(knownArnOf(caller) || (invokeRoleArn ?? ''));
  return `arn:${partition || likelyPartitionOf(api.region).name}:execute-api:${api.region}:${api.accountId}:${api.apiId}`;
}

/** What an ARN of IAM names, for a sentence. @example 'role invoke', 'user billing' */
export function kindAndName(arn: string): string {
  const { resource, name } = parseArn(arn);
  return `${resource.startsWith('user/') ? 'user' : 'role'} ${name}`;
}

/** The name of a function in its ARN, without a version or alias. */
export function functionNameIn(arn: string): string {
  return splitFunctionArn(arn).name || parseArn(arn).name;
}

/** The name of a function, without a version or alias, of a role or of a user. */
export function nameOf(arn: string): string {
  const { service, name } = parseArn(arn);
  return service === 'lambda' ? functionNameIn(arn) : name;
}
