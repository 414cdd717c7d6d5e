import { abbreviateArns, indent, lines, type TerminalOptions } from '@cross-account-api/command-line/text';
import { parseArn } from '@cross-account-api/iam';
import type { Permission, RoleUse } from '@cross-account-api/iam/explanation';

/** Renders which permissions of a role were used, and a policy with only those. */
export function renderRoleUse(use: RoleUse, { palette }: Pick<TerminalOptions, 'palette'>): string[] {
  const { roleArn, calls, used, unused, forLogs, smallest, isSmaller, isProven } = use;
  const { accountId, name } = parseArn(roleArn);
  const { allowed, denied, faint, strong } = palette;
  const line = (mark: string, one: Permission, end: string) =>
    `  ${mark} ${one.action} on ${abbreviateArns(one.resource, accountId)}  ${faint(`${end}statement ${one.statement} of ${one.policy}`)}`;
  const summary = summaryOf(use);
  return lines(
    strong(`role ${name} of ${accountId}: ${count(calls, 'recorded decision')}`),
    used.map((one) => line(allowed('✔'), one, `${count(one.calls, 'call')}, `)),
    forLogs.map((one) => line(faint('·'), one, 'Lambda writes logs with it, ')),
    unused.map((one) => line(denied('✘'), one, 'never used, ')),
    `  ${isSmaller && !isProven ? denied(summary) : summary}`,
    isSmaller && isProven && indent(4, JSON.stringify(smallest, null, 2).split('\n').map(allowed)),
  );
}

/** Says whether a role has unused permissions, and whether a smaller policy is proposed. */
export function summaryOf(use: Pick<RoleUse, 'unused' | 'calls' | 'isProven'>): string {
  const { unused, calls, isProven } = use;
  if (unused.length === 0) return 'Every permission was used.';
  return isProven
    ? `A policy with only the used permissions. Under it, ${calls === 1 ? 'the recorded decision is' : `all ${calls} recorded decisions are`} the same:`
    : 'Not every recorded decision is the same under a policy with only the used permissions, so none is proposed.';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
