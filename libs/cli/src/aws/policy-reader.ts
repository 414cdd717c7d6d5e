import { withoutCapital } from '@cross-account-api/command-line/text';
import { accountOf, isAccountId } from '@cross-account-api/iam';
import type { PolicyReader } from '@cross-account-api/iam/explanation';
import type { Account } from './account.ts';
import { readApi } from './read-api.ts';
import { ReadError } from './read-error.ts';
import {
  type FunctionConcurrency,
  readFunction,
  readFunctionConcurrency,
  readFunctionPolicy,
} from './read-function.ts';
import { readRole, readUser } from './read-holder.ts';
import type { OrganizationFacts } from './read-organization.ts';

/** Reads policies, and what else decides about a call. */
export interface ChainReader extends PolicyReader {
  /** @param arn of a function, without a version or alias */
  functionConcurrency(arn: string): Promise<FunctionConcurrency | undefined>;
}

/** A reader of policies that lets nothing of an AWS organization decide but its ID. */
export function withoutControlPolicies(reader: PolicyReader): PolicyReader {
  return {
    ...reader,
    async organization(accountId) {
      const membership = await reader.organization(accountId);
      return membership && { ...membership, serviceControl: [], resourceControl: [] };
    },
  };
}

/**
 * Reads policies through the AWS SDK, from local AWS or the real one. It reads nothing twice and changes nothing.
 * @param accounts by their IDs
 * @param stage for error messages. `undefined`: the user named the profiles, so the environment of functions does not matter
 * @param organization reads the organization of one of the accounts. Default: they are in no organization
 * @param profileSetting the setting of the stage that can name a profile of a further account. Without it, a question about such an account is
 * a mistake
 */
export function createPolicyReader(
  accounts: ReadonlyMap<string, Account>,
  stage: string | undefined,
  organization: (account: Account) => Promise<OrganizationFacts> = async () => ({}),
  profileSetting?: string,
): ChainReader {
  const known = new Map<string, Promise<unknown>>();
  const once = <Result>(key: string, read: () => Promise<Result>): Promise<Result> => {
    const existing = known.get(key) as Promise<Result> | undefined;
    const reading = existing ?? read();
    known.set(key, reading);
    return reading;
  };
  const openAccountOf = (arnOrId: string): Account => {
    const accountId = isAccountId(arnOrId) ? arnOrId : accountOf(arnOrId);
    const account = accounts.get(accountId);
    if (account !== undefined) return account;
    if (stage === undefined || profileSetting !== undefined) {
      const named = profileSetting === undefined ? '' : ` (${profileSetting})`;
      throw new ReadError(
        'NOT_OPEN',
        `${arnOrId} was not read: no profile of account ${accountId} is given${named}.`,
        { permission: `a profile of account ${accountId}${named}` },
      );
    }
    const others = [...accounts]
      .map(([id, { source }]) => `${id} (${withoutCapital(source.subject)})`)
      .join(' and ');
    throw new ReadError(
      'NOT_CONFIGURED',
      `${arnOrId} is in account ${accountId || '(none)'}, and stage ${stage} has only ${others}. Ask about these, or for another stage with --stage.`,
    );
  };
  return {
    async organization(accountId) {
      const account = accounts.get(accountId);
      return account && (await organization(account)).membership;
    },
    role: (arn) => once(`role ${arn}`, async () => readRole(openAccountOf(arn), arn)),
    user: (arn) => once(`user ${arn}`, async () => readUser(openAccountOf(arn), arn)),
    function: (arn) =>
      once(`function ${arn}`, async () =>
        readFunction(openAccountOf(arn), arn, stage === undefined ? 'optional' : 'needed'),
      ),
    functionPolicy: (arn) =>
      once(`function policy ${arn}`, async () => readFunctionPolicy(openAccountOf(arn), arn)),
    functionConcurrency: (arn) =>
      once(`function concurrency ${arn}`, async () => readFunctionConcurrency(openAccountOf(arn), arn)),
    api: (api) =>
      once(`api ${api.accountId} ${api.region} ${api.apiId}`, async () =>
        readApi(openAccountOf(api.accountId), api.region, api.apiId),
      ),
  };
}
