import { parseArn } from '../deployed/principals.ts';
import { isObject } from '../json.ts';
import type { Remedy } from './remedy.ts';
import { quoteForShell } from './text.ts';

/** The AWS CLI command that adds a statement to a function's policy; `undefined` for any other remedy. */
export function addPermissionCommand(
  remedy: Remedy,
  cliOf: (accountId: string) => string,
): string | undefined {
  if (remedy.change !== 'add statement' || remedy.kind !== 'resource-based policy') return undefined;
  const { Sid, Principal, Action, Resource, Condition } = remedy.statement;
  const { service, region, accountId } = parseArn(String(Resource));
  const source =
    isObject(Condition) && isObject(Condition.ArnLike) ? Condition.ArnLike['aws:SourceArn'] : undefined;
  if (service !== 'lambda' || !isObject(Principal) || source === undefined) return undefined;
  const options = {
    region,
    'function-name': Resource,
    'statement-id':
      Sid ??
      String(source)
        .replace(/^arn:aws[a-z-]*:/, '')
        .replace(/\W+/g, '-')
        .slice(0, 100),
    action: Action,
    principal: Principal.Service,
    'source-arn': source,
  };
  const words = Object.entries(options).map(([name, value]) => `--${name} ${plainOrQuoted(String(value))}`);
  return `${cliOf(accountId)} lambda add-permission ${words.join(' ')}`;
}

/** Quotes a text for a POSIX shell, if it needs quotes. */
function plainOrQuoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : quoteForShell(text);
}
