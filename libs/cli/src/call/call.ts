import type { Assumptions } from '@cross-account-api/iam/explain-command';
import type { Refusal } from '@cross-account-api/iam/explanation';
import type { CustomUrl, DefaultUrl } from '../aws/api-url.ts';
import type { MethodAndPath } from './find-route.ts';
import type { Link } from './link.ts';
import type { SignedFor } from './links/signature.ts';

/** The caller that sends no signature. */
export const ANONYMOUS = 'anonymous';

/** A call of any API, as the user describes it with options or as a stage of a project fills it in. */
export interface Call extends Assumptions {
  readonly api: DefaultUrl | CustomUrl | undefined;
  readonly routes: readonly MethodAndPath[] | undefined;
  /** ARN of a function, a role or a user; {@link ANONYMOUS} for a caller that does not sign. */
  readonly callerArn: string | undefined;
  /** The name of the session of the caller's role, if the caller was given by a session. */
  readonly callerSession?: string | undefined;
  readonly callerProfile: string | undefined;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly sessionName: string | undefined;
  readonly sessionSeconds: number | undefined;
  readonly signedFor: SignedFor | undefined;
  readonly apiProfile: string | undefined;
  readonly apiAccountId: string | undefined;
  readonly region: string | undefined;
  readonly vpcEndpointId: string | undefined;
  /** Whether API and route come from the message of an error, so the API did answer. */
  readonly isFromMessage?: boolean;
  /** Absent: nothing is known of a project. */
  readonly project?: KnownByProject;
  readonly error: { readonly text: string; readonly refusal: Refusal | undefined } | undefined;
}

/** A call with the values that a walk of its chain needs. */
export type WalkableCall = Call & { readonly callerArn: string };

/** What the project of an API knows about a call, and AWS does not tell. */
export interface KnownByProject {
  /** The API and the stage behind the address. Absent for an API of another project. */
  readonly target?: { readonly apiId: string; readonly stage: string } | undefined;
  /** The routes that callers without IAM are meant to call, e.g. `GET /health`: events of serverless.yml declare them. */
  readonly declaredOpen: readonly string[];
  /** By function ARN, the `Sid` that the function's stack gives the permission for this API. */
  readonly permissionIds: ReadonlyMap<string, string>;
  /** The name of a route for people. Absent: the route itself. */
  readonly nameOfRoute?: ((route: MethodAndPath) => string) | undefined;
  /** The links in front of the chain. */
  readonly links: readonly Link[];
}
