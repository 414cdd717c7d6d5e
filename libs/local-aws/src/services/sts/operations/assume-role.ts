import {
  isArn,
  type NamedPolicy,
  type Principal,
  requestTagKeys,
  resourceTagKeys,
} from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Directory } from '../../../identity/directory.ts';
import { malformedPolicy, validationError } from '../../../identity/errors.ts';
import type { Role } from '../../../identity/holders.ts';
import { parseIdentityArn } from '../../../identity/identifiers.ts';
import { storePolicy } from '../../../identity/policy-documents.ts';
import type { RouteQuestion, ServiceRequest } from '../../../pipeline/endpoint.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import {
  atLeast,
  atMost,
  listOf,
  pattern,
  type Tag,
  tagKey,
  tagValue,
  wholeNumberText,
} from '../../../protocols/shapes.ts';
import { arn, credentialsDocument, operation, roleSessionName } from './operation.ts';
import { inheritedTags, sessionTags } from './session-tags.ts';

const input = v.object({
  RoleArn: arn,
  RoleSessionName: roleSessionName,
  DurationSeconds: v.optional(wholeNumberText(900, 43_200)),
  ExternalId: v.optional(
    v.pipe(v.string(), atLeast(2), atMost(1224), pattern(/^[\w+=,.@:/-]*$/, '[\\w+=,.@:\\/-]*')),
  ),
  Policy: v.optional(v.pipe(v.string(), atLeast(1))),
  PolicyArns: v.optional(v.pipe(listOf(v.object({ arn })), atMost<{ arn: string }[]>(10)), []),
  Tags: v.optional(v.pipe(listOf(v.object({ Key: tagKey, Value: tagValue })), atMost<Tag[]>(50)), []),
  TransitiveTagKeys: v.optional(v.pipe(listOf(tagKey), atMost<string[]>(50)), []),
  SourceIdentity: v.optional(roleSessionName),
});

type Input = v.InferOutput<typeof input>;

const CHAINED_SECONDS = 3_600;
const PLAIN_TEXT_CHARACTERS = 2_048;

/** `AssumeRole` over a directory. @param maxSeconds the longest session; for tests, shorter than AWS allows */
export function assumeRole(
  directory: Directory,
  maxSeconds: () => number | undefined = () => undefined,
): ServiceOperation {
  return operation('AssumeRole', {
    input,
    requires: (request, { principal }) => {
      const target = roleOf(request);
      // Errors that do not depend on the role are reported before the role is read.
      sessionTags(request.Tags, request.TransitiveTagKeys, principal);
      return questionsFor(request, target.accountId, principal, directory);
    },
    handle: (request, call) => {
      const role = directory.roles.findByArn(request.RoleArn);
      // The role existed during authorization: without a role, no trust policy allows the request.
      if (role === undefined) throw notAuthorized(call.principal, request.RoleArn);
      const credential = beginSession(request, role, call, directory, maxSeconds());
      const { principal } = credential;
      return {
        AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
        Credentials: credentialsDocument(credential),
        SourceIdentity: inheritedSourceIdentity(principal),
      };
    },
  });
}

/** AssumeRole as a service makes it for a principal. @throws AwsError if the ARN is not a role's */
export function assumeRoleFor(directory: Directory, caller: Principal, roleArn: string, sessionName: string) {
  const request = v.parse(input, { RoleArn: roleArn, RoleSessionName: sessionName });
  const target = roleOf(request);
  return {
    accountId: target.accountId,
    /** What the principal's policies and the role's trust policy must allow. */
    questions: questionsFor(request, target.accountId, caller, directory),
    /** Begins the session, once all is allowed. */
    begin(): Principal {
      const role = directory.roles.findByArn(roleArn);
      if (role === undefined) throw notAuthorized(caller, roleArn);
      return beginSession(request, role, { principal: caller }, directory).principal;
    },
  };
}

function roleOf({ RoleArn }: Pick<Input, 'RoleArn'>) {
  const target = parseIdentityArn(RoleArn);
  if (target?.kind === 'role') return target;
  // As LocalStack's tests recorded it on AWS: `test_sts_invalid_parameters`, https://github.com/localstack/localstack
  throw validationError(isArn(RoleArn) ? 'Request ARN is invalid' : `${RoleArn} is invalid`);
}

/**
 * The actions that the caller's policies and the role's trust policy must allow. Inherited tags and source identities count, too
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html#id_credentials_temp_control-access_monitor-chaining).
 */
function questionsFor(
  request: Input,
  resourceAccountId: string,
  caller: Principal,
  directory: Directory,
): readonly RouteQuestion[] {
  const role = directory.assumableRole(request.RoleArn);
  const sourceIdentity = request.SourceIdentity ?? inheritedSourceIdentity(caller);
  const hasTags = request.Tags.length > 0 || inheritedTags(caller).transitiveTagKeys.length > 0;
  const actions = [
    'sts:AssumeRole',
    hasTags && 'sts:TagSession',
    sourceIdentity !== undefined && 'sts:SetSourceIdentity',
  ].filter((action) => action !== false);
  const context = {
    'sts:RoleSessionName': request.RoleSessionName,
    ...defined({
      'sts:ExternalId': request.ExternalId,
      'sts:SourceIdentity': sourceIdentity,
      'sts:TransitiveTagKeys': request.TransitiveTagKeys.length === 0 ? undefined : request.TransitiveTagKeys,
    }),
    ...requestTagKeys(request.Tags),
    ...resourceTagKeys(role?.tags ?? [], 'iam'),
  };
  return actions.map((action) => ({
    action,
    resource: request.RoleArn,
    resourceAccountId,
    context,
    // A missing role gets the answer of a role that does not trust the caller, so callers cannot find out which roles exist.
    resourcePolicy: role && directory.roles.trustPolicy(role),
  }));
}

function beginSession(
  request: Input,
  role: Role,
  call: Pick<ServiceRequest, 'principal'> & Partial<Pick<ServiceRequest, 'accessKeyId'>>,
  directory: Directory,
  maxSeconds = Number.POSITIVE_INFINITY,
) {
  const { principal: caller } = call;
  const durationSeconds = request.DurationSeconds ?? CHAINED_SECONDS;
  if (caller.type === 'AssumedRole' && durationSeconds > CHAINED_SECONDS) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  if (durationSeconds > role.maxSessionDuration) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  const inherited = inheritedSourceIdentity(caller);
  const sourceIdentity = request.SourceIdentity ?? inherited;
  if (inherited !== undefined && sourceIdentity !== inherited) {
    // AWS says that the value cannot be changed once it is set. It denies the request like any other.
    throw notAuthorized(caller, role.arn, 'sts:SetSourceIdentity');
  }
  return directory.beginSession(
    defined({
      role,
      durationSeconds: Math.min(durationSeconds, maxSeconds),
      sessionName: request.RoleSessionName,
      sessionPolicies: sessionPolicies(directory, role.accountId, request),
      issuedTo: call.accessKeyId,
      sourceIdentity,
      ...sessionTags(request.Tags, request.TransitiveTagKeys, caller),
    }),
  );
}

/** The session policies of a request. Managed ones must be in the role's account; their current documents are copied. */
function sessionPolicies(
  { managedPolicies }: Directory,
  accountId: string,
  { Policy: policy, PolicyArns }: Input,
): readonly NamedPolicy[] {
  const policyArns = PolicyArns.map(({ arn }) => arn);
  if ([policy, ...policyArns].join('').length > PLAIN_TEXT_CHARACTERS) {
    throw validationError(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${PLAIN_TEXT_CHARACTERS}`,
    );
  }
  const managed = policyArns.map((arn) => {
    const found = managedPolicies.find(accountId, arn);
    if (found !== undefined) return { name: arn, document: found.defaultVersion.document };
    throw malformedPolicy(
      `The managed session policy ${arn} does not exist in the role's account ${accountId}.${managedPolicies.hint(arn)}`,
    );
  });
  if (policy === undefined) return managed;
  return [{ name: 'session policy', document: storePolicy(policy, 'session').document }, ...managed];
}

function inheritedSourceIdentity(caller: Principal): string | undefined {
  return caller.type === 'AssumedRole' ? caller.sourceIdentity : undefined;
}

function notAuthorized(caller: Principal, resource: string, action = 'sts:AssumeRole'): AwsError {
  return new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`,
    403,
  );
}
