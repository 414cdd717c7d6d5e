import { withOptions } from '@cross-account-api/command-line';
import { accountOfPrincipal, trustedAccounts } from '@cross-account-api/iam';
import { commandName } from '../../../../core/command-name.ts';
import { membersWithoutEffect } from '../../../../protocols/without-effect.ts';
import type { DesiredState } from '../change/plan.ts';
import { listByType } from '../template/check-template.ts';

type Resources = DesiredState['resources'];

/**
 * What a deployment says when it is complete: the resources and properties that have no effect here, and the accounts that local AWS does
 * not have.
 * @param hasAccount whether local AWS has an account
 * @returns `undefined` if there is nothing to say
 */
export function stackNotice(
  { resources }: Pick<DesiredState, 'resources'>,
  hasAccount: (accountId: string) => boolean,
): string | undefined {
  const notices = [...effectNotices(resources), ...accountNotices(resources, hasAccount)];
  return notices.length === 0 ? undefined : notices.join(' ');
}

function effectNotices(resources: Resources): readonly string[] {
  const inert = [...resources].filter(([, { type }]) => type.isInert);
  const members = [...resources].flatMap(([id, { type, Properties }]) =>
    membersWithoutEffect(type.properties, Properties, [id]),
  );
  const policies = [...resources].flatMap(([id, { UpdatePolicy }]) =>
    UpdatePolicy === undefined
      ? []
      : [{ path: `${id}.UpdatePolicy`, reason: 'every resource is updated at once' }],
  );
  const byReason = Object.entries(Object.groupBy([...members, ...policies], ({ reason }) => reason)).map(
    ([reason, same = []]) => `${same.map(({ path }) => path).join(', ')} (${reason})`,
  );
  return [
    ...(inert.length > 0 ? [`These resources have no effect in local AWS: ${listByType(inert)}.`] : []),
    ...(byReason.length > 0
      ? [`These properties have no effect in local AWS, or only part of it: ${byReason.join('; ')}.`]
      : []),
  ];
}

/** One sentence or two for each account that a policy trusts and that local AWS does not have: it may be another team's, or a typing error. */
function accountNotices(resources: Resources, hasAccount: (accountId: string) => boolean): readonly string[] {
  const trusting = [...resources].flatMap(([id, { Type, Properties }]) =>
    [...new Set([...trustedAccounts(Properties), ...grantee(Type, Properties)])]
      .filter((accountId) => !hasAccount(accountId))
      .map((accountId) => ({ id, accountId })),
  );
  return [...Map.groupBy(trusting, ({ accountId }) => accountId)].map(([accountId, each]) => {
    const names = each.map(({ id }) => id).join(', ');
    return `${names} ${each.length === 1 ? 'trusts' : 'trust'} account ${accountId}, which local AWS does not have (to add it: ${withOptions(commandName('start'), `--accounts ${accountId}`)}).`;
  });
}

/** A permission is a statement of which a template has the parts. */
function grantee(Type: string, Properties: Readonly<Record<string, unknown>>): readonly string[] {
  return Type === 'AWS::Lambda::Permission' ? [accountOfPrincipal(Properties.Principal) ?? []].flat() : [];
}
