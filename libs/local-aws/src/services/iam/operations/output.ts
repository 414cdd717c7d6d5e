import type { PolicyDocument } from '@cross-account-api/iam';
import { isoSeconds } from '../../../core/clock.ts';
import { invalidInput } from '../../../identity/errors.ts';
import type { PolicyHolder, Role, User } from '../../../identity/holders.ts';
import type { ManagedPolicy, PolicyUsage } from '../../../identity/managed-policies.ts';
import type { AccessKey } from '../../../identity/users.ts';
import { type Tag, tagList, tagMap } from '../../../protocols/shapes.ts';

/** A policy in a response: JSON, percent-encoded in compliance with RFC 3986. */
export function encodePolicy(policy: string | PolicyDocument): string {
  const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
  // encodeURIComponent leaves !'()* alone; RFC 3986 reserves them.
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Tags as a request or a template lists them, by key. */
export function tagEntries(tags: readonly Tag[]): Record<string, string> {
  if (new Set(tags.map(({ Key }) => Key.toLowerCase())).size !== tags.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  return tagMap(tags);
}

function holderSummary({ path, name, uniqueId, arn, createdAt }: PolicyHolder, noun: 'Role' | 'User') {
  return {
    Path: path,
    [`${noun}Name`]: name,
    [`${noun}Id`]: uniqueId,
    Arn: arn,
    CreateDate: isoSeconds(createdAt),
  };
}

function holderDetail({ permissionsBoundary: boundary, tags }: PolicyHolder) {
  return {
    PermissionsBoundary: boundary && {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: boundary,
    },
    Tags: tags.size === 0 ? undefined : tagList(tags),
  };
}

/** A role as lists have it: without tags and boundary. */
export function roleSummary(role: Role, trust: PolicyDocument) {
  return {
    ...holderSummary(role, 'Role'),
    AssumeRolePolicyDocument: encodePolicy(trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

/** A role as GetRole and CreateRole return it. */
export function roleDetail(role: Role, trust: PolicyDocument) {
  return { ...roleSummary(role, trust), ...holderDetail(role), RoleLastUsed: {} };
}

/** A user as lists have it. */
export function userSummary(user: User) {
  return holderSummary(user, 'User');
}

/** A user as GetUser and CreateUser return it. */
export function userDetail(user: User) {
  return { ...userSummary(user), ...holderDetail(user) };
}

/** A new access key: only now with its secret. */
export function newAccessKey({ accessKeyId, secretAccessKey, createdAt }: AccessKey, userName: string) {
  return {
    UserName: userName,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Status: 'Active',
    CreateDate: isoSeconds(createdAt),
  };
}

/** A managed policy as lists have it. */
export function policySummary(policy: ManagedPolicy, usage: PolicyUsage) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.uniqueId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: usage.attachments,
    PermissionsBoundaryUsageCount: usage.boundaries,
    IsAttachable: true,
    CreateDate: isoSeconds(policy.createdAt),
    UpdateDate: isoSeconds(policy.updatedAt),
  };
}

/** A managed policy as GetPolicy and CreatePolicy return it. */
export function policyDetail(policy: ManagedPolicy, usage: PolicyUsage) {
  return { ...policySummary(policy, usage), Description: policy.description };
}
