import { iamArn } from '../../identity/arn.ts';
import type { Directory } from '../../identity/directory.ts';
import type { PolicyHolder } from '../../identity/entities.ts';
import { validationError } from '../../identity/errors.ts';
import type { RouteQuestion } from '../../pipeline/endpoint.ts';
import { type Caller, operationsOf } from '../../protocols/operation.ts';

/** Declares an operation of IAM. */
export const operation = operationsOf('iam');

type Context = NonNullable<RouteQuestion['context']>;

/** Words the questions of IAM's operations, resources and condition keys as the service authorization reference has them. */
export interface IamQuestions {
  /** About a role, existing or not. */
  role(action: string, caller: Caller, name: string, context?: Context): readonly RouteQuestion[];
  /** About a user; without a name about the caller itself. */
  user(action: string, caller: Caller, name: string | undefined, context?: Context): readonly RouteQuestion[];
  /** About a managed policy. */
  policy(action: string, caller: Caller, arn: string, context?: Context): readonly RouteQuestion[];
}

/** The resources that do not exist yet are named as they will be. */
export function iamQuestions(directory: Directory): IamQuestions {
  const about = (action: string, { accountId }: Caller, resource: string, context: Context) => [
    { action: `iam:${action}`, resource, resourceAccountId: accountId, context },
  ];
  return {
    role(action, caller, name, context = {}) {
      const role = directory.roles.find(caller.accountId, name);
      const resource = role?.arn ?? iamArn(caller.accountId, 'role', '/', name);
      return about(action, caller, resource, { ...holderContext(role), ...context });
    },
    user(action, caller, name, context = {}) {
      const wanted = name ?? userNameOf(caller);
      const user = directory.users.find(caller.accountId, wanted);
      const resource = user?.arn ?? iamArn(caller.accountId, 'user', '/', wanted);
      return about(action, caller, resource, { ...holderContext(user), ...context });
    },
    policy(action, caller, arn, context = {}) {
      const policy = directory.managedPolicies.find(caller.accountId, arn);
      return about(action, caller, arn, { ...resourceTags(policy?.tags), ...context });
    },
  };
}

/**
 * The user that an operation means when it is given no name: the one that signed.
 * @throws AwsError `ValidationError` where that is no user
 */
export function userNameOf({ principal }: Pick<Caller, 'principal'>): string {
  if (principal.type === 'User') return principal.userName;
  throw validationError('Must specify userName when calling with non-User credentials');
}

/** `aws:RequestTag/*` and `aws:TagKeys`. */
export function requestTags(tags: readonly { Key: string; Value: string }[] | undefined): Context {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}

/** `iam:PermissionsBoundary` where a boundary is given or in force. */
export function boundaryContext(arn: string | undefined): Context {
  return arn === undefined ? {} : { 'iam:PermissionsBoundary': arn };
}

function holderContext(holder: PolicyHolder | undefined): Context {
  return { ...boundaryContext(holder?.permissionsBoundary), ...resourceTags(holder?.tags) };
}

function resourceTags(tags: ReadonlyMap<string, string> | undefined): Context {
  return Object.fromEntries(
    [...(tags ?? [])].flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`iam:ResourceTag/${key}`, value],
    ]),
  );
}
