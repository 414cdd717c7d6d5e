import { createAuthorizer, type Decision, type Principal } from '@cross-account-api/iam';
import * as v from 'valibot';
import { type Clock, systemClock } from '../../core/clock.ts';
import { words } from '../../core/words.ts';
import type { Directory } from '../../identity/directory.ts';
import { queryEndpoint } from '../../protocols/query.ts';
import { denialMessage } from '../../protocols/refusal.ts';
import { assumeRole, assumeRoleFor } from './operations/assume-role.ts';
import { assumeRoleWithWebIdentity, type IssuerKeys } from './operations/assume-role-with-web-identity.ts';
import { getSessionToken } from './operations/get-session-token.ts';
import { operation } from './operations/operation.ts';

export type { IssuerKeys } from './operations/assume-role-with-web-identity.ts';

const ROLE_ACTIONS = words('sts:AssumeRole sts:TagSession sts:SetSourceIdentity');

/** AWS's message for a denial of STS. */
export function stsDenialMessage(decision: Exclude<Decision, { allowed: true }>): string {
  // A reason would show whether the role exists.
  return ROLE_ACTIONS.includes(decision.action)
    ? `User: ${decision.principalArn} is not authorized to perform: ${decision.action} on resource: ${decision.resource}`
    : denialMessage(decision);
}

/** The settings of STS. */
export interface StsOptions {
  /** The longest session of AssumeRole, in seconds. For tests, which cannot wait for AWS's minimum of 900 s. */
  readonly maxSessionSeconds?: () => number | undefined;
  /** The issuers whose tokens AssumeRoleWithWebIdentity can check. Without issuers, it refuses every token. */
  readonly tokenIssuers?: IssuerKeys | undefined;
  readonly clock?: Clock;
}

/** STS as the rest of local AWS uses it. */
export type StsService = ReturnType<typeof createStsService>;

/** STS over a directory: assumes roles, issues sessions, identifies callers. */
export function createStsService(directory: Directory, options: StsOptions = {}) {
  return {
    endpoint: queryEndpoint({
      signingName: 'sts',
      version: '2011-06-15',
      namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
      operations: [
        assumeRole(directory, options.maxSessionSeconds),
        assumeRoleWithWebIdentity({
          directory,
          authorizer: createAuthorizer(directory),
          clock: options.clock ?? systemClock,
          issuers: options.tokenIssuers ?? {},
        }),
        getSessionToken(directory),
        operation('GetCallerIdentity', {
          input: v.object({}),
          // "No permissions are required to perform this operation."
          requires: () => [],
          handle: (_input, { principal: { userId, accountId, arn } }) => ({
            UserId: userId,
            Account: accountId,
            Arn: arn,
          }),
        }),
      ],
      denialMessage: stsDenialMessage,
    }),
    /** AssumeRole as a service makes it for a principal. */
    assumeRoleFor: (caller: Principal, roleArn: string, sessionName: string) =>
      assumeRoleFor(directory, caller, roleArn, sessionName),
  };
}
