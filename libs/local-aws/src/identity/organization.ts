import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  type NamedPolicy,
  type OrganizationMembership,
  type PolicyDocument,
  type PolicyDocumentKind,
  validatePolicy,
} from '@cross-account-api/iam';
import * as v from 'valibot';
import { parse } from 'yaml';
import { describeIssue } from '../core/describe-issue.ts';
import { errorMessage } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';

/** The AWS managed policy that AWS attaches to the root, to each organizational unit and to each account. */
export const fullAwsAccess: NamedPolicy = {
  name: 'FullAWSAccess',
  document: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
};

const policySchema = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty('must not be empty')),
  document: v.custom<PolicyDocument>(isObject, 'must be a policy document, written as an object'),
});
const fullAwsAccessSchema = v.pipe(
  v.literal('FullAWSAccess', 'must be "FullAWSAccess", or an object with name and document'),
  v.transform(() => fullAwsAccess),
);
const serviceControlPolicySchema = v.lazy((input) =>
  typeof input === 'string' ? fullAwsAccessSchema : policySchema,
);
const accountIdSchema = v.pipe(
  v.string('must be a string: put the twelve digits in quotes'),
  v.regex(/^\d{12}$/, 'must have twelve digits'),
);
const levelSchema = v.strictObject({
  serviceControlPolicies: v.optional(v.array(serviceControlPolicySchema), ['FullAWSAccess']),
  resourceControlPolicies: v.optional(v.array(policySchema), []),
});
const organizationSchema = v.strictObject({
  id: v.pipe(
    v.string(),
    v.regex(
      /^o-[a-z0-9]{10,32}$/,
      'must be "o-" and 10 to 32 lower-case letters or digits, as `aws organizations describe-organization` prints it',
    ),
  ),
  managementAccountId: v.exactOptional(accountIdSchema),
  accounts: v.array(
    v.strictObject({ accountId: accountIdSchema, levels: v.optional(v.array(levelSchema), []) }),
  ),
});

/**
 * An AWS organization over some of the accounts, as a program or a file gives it.
 *
 * - `id`: the value of `aws:PrincipalOrgID`, e.g. `o-a1b2c3d4e5`.
 * - `managementAccountId`: no policy of the organization limits this account.
 * - `accounts[].levels`: the root first, then each organizational unit on the way, the account itself last.
 * - `levels[].serviceControlPolicies`: `"FullAWSAccess"`, or a name and a document. Default: `FullAWSAccess` alone. The account's
 *   principals may do only what each level allows and no level denies
 *   (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html).
 * - `levels[].resourceControlPolicies`: a name and a document each. `RCPFullAWSAccess` is always attached. Other policies
 *   only deny, and they apply to every principal
 *   (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_evaluation.html).
 */
export type OrganizationInput = Readonly<v.InferInput<typeof organizationSchema>>;

/** A valid {@link OrganizationInput} with its defaults. */
export type Organization = Readonly<v.InferOutput<typeof organizationSchema>>;

/** The error for an invalid organization. The message names the place, the value, the rule and the remedy. */
export class OrganizationError extends Error {
  override readonly name = 'OrganizationError';
  readonly code = 'InvalidOrganization';
}

/** Reads an organization from a JSON or YAML file. @throws OrganizationError */
export async function readOrganization(file: string): Promise<Organization> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const message = `The organization file ${file} cannot be read (${cause.code ?? 'unknown error'}). Name a JSON or YAML file.`;
    throw new OrganizationError(message, { cause });
  });
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'error' });
  } catch (cause) {
    const [reason = ''] = errorMessage(cause).split('\n');
    throw new OrganizationError(`${file} must be JSON or YAML: ${reason.replace(/:$/, '')}.`, { cause });
  }
  return parseOrganization(value, { source: file });
}

/**
 * Checks an organization and fills in its defaults.
 * @param options.accountIds the only accounts that its members can be. Default: any
 * @param options.source names the organization in the error
 * @throws OrganizationError that lists up to five problems
 */
export function parseOrganization(
  value: unknown,
  {
    accountIds,
    source = 'The organization',
  }: { readonly accountIds?: readonly string[]; readonly source?: string } = {},
): Organization {
  // Valibot accepts a list as an object.
  const result = v.safeParse(organizationSchema, Array.isArray(value) ? 'a list' : value);
  const problems = result.success
    ? findProblems(result.output, accountIds)
    : result.issues.map((issue) => describeIssue(issue));
  if (result.success && problems.length === 0) return result.output;
  const shown = problems.slice(0, 5).map((problem) => `\n  ${problem}`);
  throw new OrganizationError(`${source} is not valid:${shown.join('')}`);
}

/** The ID of a policy of an organization: the same for the same name and document. */
export function policyIdOf(policy: NamedPolicy): string {
  if (policy === fullAwsAccess) return 'p-FullAWSAccess';
  const text = JSON.stringify([policy.name, policy.document]);
  return `p-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** The policies with their ARNs, made once for each organization: every decision asks for them. */
const policiesWithArns = new WeakMap<Organization, ReadonlyMap<NamedPolicy, NamedPolicy>>();

/**
 * Gives each policy its ARN (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html). An
 * organization without a management account has zeros in its place.
 */
function withArn(organization: Organization, policy: NamedPolicy): NamedPolicy {
  const known = policiesWithArns.get(organization) ?? nameAll(organization);
  policiesWithArns.set(organization, known);
  return known.get(policy) ?? policy;
}

function nameAll({ id, managementAccountId = '000000000000', accounts }: Organization) {
  const named = (type: string) => (policy: NamedPolicy) => {
    const arn = `arn:aws:organizations::${managementAccountId}:policy/${id}/${type}/${policyIdOf(policy)}`;
    return [policy, { ...policy, arn }] as const;
  };
  const entries = accounts.flatMap(({ levels }) =>
    levels.flatMap(({ serviceControlPolicies, resourceControlPolicies }) => [
      ...serviceControlPolicies
        .filter((policy) => policy !== fullAwsAccess)
        .map(named('service_control_policy')),
      ...resourceControlPolicies.map(named('resource_control_policy')),
    ]),
  );
  return new Map(entries);
}

/** An account's organization and the policies that apply to it; `undefined` without an organization. */
export function membershipOf(
  organization: Organization | undefined,
  accountId: string,
): OrganizationMembership | undefined {
  if (organization === undefined) return undefined;
  const { id: organizationId, managementAccountId, accounts } = organization;
  // "SCPs don't affect users or roles in the management account", nor RCPs its resources.
  if (accountId === managementAccountId) return { organizationId, serviceControl: [], resourceControl: [] };
  const account = accounts.find((each) => each.accountId === accountId);
  if (account === undefined) return undefined;
  return {
    organizationId,
    serviceControl: account.levels.map(({ serviceControlPolicies }) =>
      serviceControlPolicies.map((policy) => withArn(organization, policy)),
    ),
    resourceControl: account.levels.flatMap(({ resourceControlPolicies }) =>
      resourceControlPolicies.map((policy) => withArn(organization, policy)),
    ),
  };
}

function findProblems({ accounts }: Organization, accountIds: readonly string[] | undefined): string[] {
  return accounts.flatMap(({ accountId, levels }, index) => {
    const where = `accounts[${index}]`;
    const problems = levels.flatMap(({ serviceControlPolicies, resourceControlPolicies }, level) => {
      const scps = `${where}.levels[${level}].serviceControlPolicies`;
      const rcps = `${where}.levels[${level}].resourceControlPolicies`;
      return [
        !serviceControlPolicies.some(allowsSomething) &&
          `${scps} must have a policy that allows: without one, the account may do nothing. Add "FullAWSAccess", which AWS attaches by default`,
        ...findPolicyProblems(scps, 'service control', serviceControlPolicies),
        ...findPolicyProblems(rcps, 'resource control', resourceControlPolicies),
      ];
    });
    return [
      accountIds?.includes(accountId) === false &&
        `${where}.accountId must be an account of local AWS (${accountIds.join(', ')}), not "${accountId}"`,
      accounts.findIndex((each) => each.accountId === accountId) !== index &&
        `${where}.accountId repeats "${accountId}". Put all levels of an account into one entry`,
      ...problems,
    ].filter((problem) => problem !== false);
  });
}

function findPolicyProblems(where: string, kind: PolicyDocumentKind, policies: readonly NamedPolicy[]) {
  return policies.flatMap(({ name, document }, index) =>
    validatePolicy(document, kind).map((problem) => `${where}[${index}] (${name}): ${problem}`),
  );
}

function allowsSomething({ document }: NamedPolicy): boolean {
  return [document.Statement].flat().some((statement) => isObject(statement) && statement.Effect === 'Allow');
}
