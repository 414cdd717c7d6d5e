import type { Decision, NamedPolicy } from '@cross-account-api/iam';
import type { ApiFacts, HolderFacts, RoleFacts } from '@cross-account-api/iam/explanation';
import type { OrganizationPolicies } from '@cross-account-api/iam/witness';
import type { ServedStage } from '../../aws/served-stage.ts';
import type { MethodAndPath } from '../../call/find-route.ts';

/** Says who may call the URL of a function. Also says if the function has no URL, or if this was not read. */
export type FunctionUrl = 'NONE' | 'AWS_IAM' | 'missing' | 'unread';

/** What was read of a caller, an API, and the role between them. A member is absent if it does not exist or was not read. */
export interface ReviewFacts {
  /** The name of the function, role or user that calls. */
  readonly callerName: string;
  /** The role of the function; or the role or user itself. */
  readonly caller?: HolderFacts | undefined;
  /** Whether the caller assumes a role. If not, the API's resource policy has to admit it. */
  readonly assumesRole: boolean;
  readonly invokeRole?: RoleFacts | undefined;
  /** The external ID that the caller sends. */
  readonly externalId?: string | undefined;
  readonly api?: ApiFacts | undefined;
  readonly stage: string;
  readonly served?: ServedStage | undefined;
  /** The resource policies of the functions that API Gateway invokes as itself, by ARN. */
  readonly functionPolicies: ReadonlyMap<string, NamedPolicy>;
  /** The IDs of the AWS organizations, by account; `undefined` for an account of no organization. Accounts that were not read are absent. */
  readonly organizations: ReadonlyMap<string, string | undefined>;
  /** What the organizations of the accounts forbid, as far as it was read. Absent: nothing was read. */
  readonly limits?: OrganizationPolicies | undefined;
  /** The URLs of the functions, by ARN. A function that is absent was not asked for. */
  readonly functionUrls?: ReadonlyMap<string, FunctionUrl> | undefined;
  /** The roles and users that are meant to make the call, beside the caller, e.g. its role of before. */
  readonly callerArns?: readonly string[] | undefined;
  /** When the review is made. Absent: now. */
  readonly now?: Date | undefined;
  /** The routes that the caller calls, if the user names them. */
  readonly asked?: readonly MethodAndPath[] | undefined;
  /** The routes that callers without IAM are meant to call, e.g. `GET /health`. Absent: nothing is known of the owner's intentions. */
  readonly declaredOpen?: readonly string[] | undefined;
  /** The recorded decisions that allowed something. Empty without a trace. */
  readonly recorded: readonly Decision[];
}
