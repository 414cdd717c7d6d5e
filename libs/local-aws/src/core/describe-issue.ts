import type { BaseIssue } from 'valibot';

/**
 * Names the place, the value and the rule: `accounts[0].accountId must be a string of twelve digits, not 1`. A schema's own messages
 * start with a verb: `must be …`, `has …`, `ends …`.
 */
export function describeIssue(issue: BaseIssue<unknown>, label = ''): string {
  const keys = issue.path?.map(({ key }) => key) ?? [];
  const where = keys.reduce<string>(
    (path, key) =>
      typeof key === 'number' ? `${path}[${key}]` : `${path}${path === '' ? '' : '.'}${String(key)}`,
    '',
  );
  const subject = `${where === '' ? 'it' : where}${label}`;
  if (/^(must|has|ends) /.test(issue.message)) {
    const shown = issue.message.startsWith('must') ? `, not ${show(issue.input)}` : '';
    return `${subject} ${issue.message}${shown}`;
  }
  if (issue.input === undefined) return `${subject} is missing`;
  return issue.expected === 'never'
    ? `${subject} is not a known setting`
    : `${subject} must be ${issue.expected ?? 'given'}, not ${show(issue.input)}`;
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
