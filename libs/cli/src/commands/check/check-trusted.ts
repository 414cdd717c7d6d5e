import { trustedAccounts } from '@cross-account-api/iam';
import { callWith } from '../../call-of.ts';
import { accountsOfStage } from '../../project/stage-settings.ts';
import { type CheckResult, resultsOf } from './check-result.ts';
import { type Facts, isUnknown, servicesOf } from './facts.ts';

/**
 * Stage local: the policies of the services name accounts of local AWS. Another account may be another team's, or a typing error: what a policy
 * names in it matches nobody here.
 */
export function checkTrusted(facts: Facts): CheckResult[] {
  const { localAccounts, settings } = facts;
  if (localAccounts === undefined || 'problem' in settings) return [];
  // Those of the settings have a finding of their own.
  const known = new Set([...localAccounts, ...accountsOfStage(settings)]);
  const { warn } = resultsOf('accounts');
  return servicesOf(facts).flatMap(({ service }) => {
    if (isUnknown(service)) return [];
    return Object.entries(service.resources).flatMap(([id, { Properties }]) =>
      [...trustedAccounts(withoutSub(Properties))]
        .filter((accountId) => !known.has(accountId))
        .map((accountId) =>
          warn(
            `${id} of ${service.stackName} trusts account ${accountId}, which local AWS does not have.`,
            `Nobody can use that here. Correct the ID if it is a typing error. To have the account: ${callWith('start', `--accounts ${accountId}`)}`,
          ),
        ),
    );
  });
}

/** The value with the texts of `Fn::Sub`, in which only the partition is replaced: IDs of accounts are then as in a policy. */
function withoutSub(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSub);
  if ('Fn::Sub' in value && typeof value['Fn::Sub'] === 'string') {
    return value['Fn::Sub'].replaceAll(`\${AWS::Partition}`, 'aws');
  }
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSub(each)]));
}
