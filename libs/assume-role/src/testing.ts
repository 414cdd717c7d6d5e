import type { AssumedRole } from './provider.ts';
import type { RoleCredentials } from './sts.ts';

/** An assumed role for tests. */
export interface FakeRole extends AssumedRole {
  /** The credentials that were rejected, in order. `undefined`: the current ones. */
  readonly invalidated: readonly ({ readonly accessKeyId: string } | undefined)[];
}

/**
 * Makes an assumed role for tests, to be put on a handler's context. It asks no STS, and needs no test framework.
 * @param credentials members to replace, or an error that is thrown in their place, such as an AssumeRoleDenied
 * @example await handler(event, { assumedRole: fakeRole() });
 */
export function fakeRole(credentials: Partial<RoleCredentials> | Error = {}): FakeRole {
  const invalidated: ({ readonly accessKeyId: string } | undefined)[] = [];
  const getCredentials = async (): Promise<RoleCredentials> => {
    if (credentials instanceof Error) throw credentials;
    return {
      accessKeyId: 'ASIAFAKE000000000001',
      secretAccessKey: 'fake',
      sessionToken: 'fake',
      expiration: new Date(Date.now() + 3_600_000),
      ...credentials,
    };
  };
  return Object.assign(() => getCredentials(), {
    roleArn: 'arn:aws:iam::111111111111:role/fake',
    getCredentials,
    invalidate: (rejected?: { readonly accessKeyId: string }) => void invalidated.push(rejected),
    invalidated,
  });
}
