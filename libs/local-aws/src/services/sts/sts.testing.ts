import type { Credential } from '../../core/credential.ts';
import { A, allow, B, client, policy, testDirectory, trust } from '../../identity/identity.testing.ts';
import { createStsService } from './index.ts';

/** The calling role, in account B. */
export const CALLER = `arn:aws:iam::${B}:role/caller`;
/** The assumed role, in account A. */
export const INVOKE = `arn:aws:iam::${A}:role/invoke`;
/** A session of the calling role. */
export const SESSION = `arn:aws:sts::${B}:assumed-role/caller/fn`;
/** A policy that allows AssumeRole with tags and a source identity. */
export const ALL_STS = policy(allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']));

/** A trust policy as in the project: trusts the account B, narrowed to the calling role. */
export function trustCaller(extra: object = {}, actions: readonly string[] = ['sts:AssumeRole']) {
  return policy({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${B}:root` },
    Action: actions,
    Condition: { StringEquals: { 'aws:PrincipalArn': CALLER, ...extra } },
  });
}

/** A trust policy that also allows session tags and a source identity. */
export const TRUST_ALL = trustCaller({}, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']);

/** STS over a directory with both roles, and a session of the calling role, as Lambda begins it. */
export function setUp(trustPolicy: object = trustCaller()) {
  const { directory, clock } = testDirectory();
  const call = client(directory, createStsService(directory).endpoint);
  const role = directory.roles.create(B, {
    name: 'caller',
    trustPolicy: trust({ Service: 'lambda.amazonaws.com' }),
  });
  directory.roles.putPolicy(B, 'caller', 'assume', ALL_STS);
  directory.roles.create(A, { name: 'invoke', trustPolicy, maxSessionDuration: 7_200 });
  const lambda = directory.beginSession({ role, sessionName: 'fn', durationSeconds: 3_600 });
  const assume = (parameters: Record<string, string> = {}, by: Credential = lambda) =>
    call(by, 'AssumeRole', { RoleArn: INVOKE, RoleSessionName: 's1', ...parameters });
  /** Assumes the role and returns the credential of the session. */
  const session = async (parameters: Record<string, string> = {}, by: Credential = lambda) => {
    const { status, result } = await assume(parameters, by);
    expect({ status, result }).toMatchObject({ status: 200 });
    const credential = directory.findCredential(result.Credentials.AccessKeyId);
    if (credential === undefined) throw new Error('The session that was begun is not known.');
    return credential;
  };
  return { directory, clock, call, lambda, assume, session };
}

/** The parameters of AssumeRole for session tags. */
export function tags(
  entries: Record<string, string>,
  transitive: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries([
    ...Object.entries(entries).flatMap(([key, value], i) => [
      [`Tags.member.${i + 1}.Key`, key],
      [`Tags.member.${i + 1}.Value`, value],
    ]),
    ...transitive.map((key, i) => [`TransitiveTagKeys.member.${i + 1}`, key]),
  ]);
}

/** STS's answer to a caller without permission. */
export const denied = (by: string, action = 'sts:AssumeRole', role = INVOKE) => ({
  status: 403,
  result: {
    Type: 'Sender',
    Code: 'AccessDenied',
    Message: `User: ${by} is not authorized to perform: ${action} on resource: ${role}`,
  },
});
/** STS's answer to an invalid request. */
export const invalid = (Message: unknown, Code = 'ValidationError') => ({
  status: 400,
  result: { Code, Message },
});
/** Smithy's message for a member that breaks a constraint. */
export const constraint = (value: string, member: string, rule: string) =>
  `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`;
