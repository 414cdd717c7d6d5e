import { quoteForShell } from '@cross-account-api/command-line/text';
import { iamArnIn, parseArn } from '../arn.ts';
import { isObject } from '../json.ts';
import type { PolicyDocument } from '../principal.ts';
import { permissionSetOf } from './protected-roles.ts';
import type { Remedy } from './remedy.ts';

type AddStatement = Extract<Remedy, { change: 'add statement' }>;

/**
 * The command of the AWS CLI that makes a change.
 * @param cliOf returns the command that runs the AWS CLI as an administrator of an account
 * @returns one line for a shell; `undefined` if no command makes the change: a program gives session policies, and what it sends
 */
export function changeCommand(remedy: Remedy, cliOf: (accountId: string) => string): string | undefined {
  if (remedy.change !== 'add statement') return undefined;
  const { kind, where, document } = remedy;
  switch (kind) {
    case 'identity-based policy':
      return putPolicy(remedy, cliOf);
    case 'role trust policy': {
      const { accountId, name } = parseArn(arnIn(where));
      if (document === undefined || name === '') return undefined;
      return line(cliOf(accountId), 'iam update-assume-role-policy', {
        'role-name': name,
        'policy-document': textOf(document),
      });
    }
    case 'permissions boundary': {
      const arn = arnIn(where);
      if (document === undefined || arn === '') return undefined;
      const options = { 'policy-arn': arn, 'policy-document': textOf(document) };
      return `${line(cliOf(parseArn(arn).accountId), 'iam create-policy-version', options)} --set-as-default`;
    }
    case 'VPC endpoint policy':
      return modifyEndpoint(remedy, cliOf);
    case 'resource-based policy':
      return addPermission(remedy, cliOf) ?? updateApi(remedy, cliOf);
    default:
      return undefined;
  }
}

/** A policy of its own for the statement, so no other policy of the role or user changes. */
function putPolicy(
  { where, statement }: AddStatement,
  cliOf: (accountId: string) => string,
): string | undefined {
  const { accountId, resource, name } = parseArn(arnIn(where));
  const [, kind] = /^(role|user)\//.exec(resource) ?? [];
  if (kind === undefined || permissionSetOf(where) !== undefined) return undefined;
  return line(cliOf(accountId), `iam put-${kind}-policy`, {
    [`${kind}-name`]: name,
    'policy-name': `Allow-${String(statement.Action).replace(/\W+/g, '-')}-${checksum(JSON.stringify(statement))}`,
    'policy-document': textOf({ Version: '2012-10-17', Statement: [statement] }),
  });
}

/** Lambda adds a permission for a service. */
function addPermission(
  { statement }: AddStatement,
  cliOf: (accountId: string) => string,
): string | undefined {
  const { Sid, Principal, Action, Resource, Condition } = statement;
  const { service, region, accountId } = parseArn(String(Resource));
  const source =
    isObject(Condition) && isObject(Condition.ArnLike) ? Condition.ArnLike['aws:SourceArn'] : undefined;
  if (service !== 'lambda' || !isObject(Principal) || source === undefined) return undefined;
  return line(cliOf(accountId), 'lambda add-permission', {
    region,
    'function-name': Resource,
    'statement-id':
      Sid ??
      // Two routes can begin alike, and a statement that was there before can have the same source. Lambda takes 100 characters.
      `${String(source)
        .replace(/^arn:aws[a-z-]*:/, '')
        .replace(/\W+/g, '-')
        .slice(0, 91)}-${checksum(JSON.stringify(statement))}`,
    action: Action,
    principal: Principal.Service,
    'source-arn': source,
  });
}

/** The resource policy of a REST API counts from the next deployment on. */
function updateApi(
  { statement, document }: AddStatement,
  cliOf: (accountId: string) => string,
): string | undefined {
  const { service, region, accountId, resource } = parseArn(String(statement.Resource));
  const [apiId = '', stage = ''] = resource.split('/');
  if (service !== 'execute-api' || document === undefined || !/^[\w-]+$/.test(stage)) return undefined;
  const patch = [{ op: 'replace', path: '/policy', value: textOf(document) }];
  const cli = cliOf(accountId);
  const api = { region, 'rest-api-id': apiId };
  return [
    line(cli, 'apigateway update-rest-api', { ...api, 'patch-operations': JSON.stringify(patch) }),
    line(cli, 'apigateway create-deployment', { ...api, 'stage-name': stage }),
  ].join(' && ');
}

/** The statement does not tell the account of the VPC. It is mostly that of the caller. */
function modifyEndpoint(
  { where, statement, document }: AddStatement,
  cliOf: (accountId: string) => string,
): string | undefined {
  const [id] = /vpce-[\w-]+/.exec(where) ?? [];
  if (id === undefined || document === undefined) return undefined;
  const { Resource, Condition } = statement;
  const { region } = parseArn(String(Resource));
  const caller =
    isObject(Condition) && isObject(Condition.ArnEquals) ? Condition.ArnEquals['aws:PrincipalArn'] : '';
  return line(cliOf(parseArn(String(caller)).accountId), 'ec2 modify-vpc-endpoint', {
    region,
    'vpc-endpoint-id': id,
    'policy-document': textOf(document),
  });
}

/** The ARN of a role, user or policy of IAM in a text. Empty if there is none. */
function arnIn(text: string): string {
  return iamArnIn(text, 'any') ?? '';
}

function textOf(document: PolicyDocument): string {
  return JSON.stringify(document);
}

function line(cli: string, operation: string, options: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(options).map(([name, value]) => `--${name} ${plainOrQuoted(String(value))}`);
  return `${cli} ${operation} ${words.join(' ')}`;
}

/** Quotes a text for a POSIX shell, if it needs quotes. */
function plainOrQuoted(text: string): string {
  return /^[\w:/.-]+$/.test(text) ? text : quoteForShell(text);
}

/** FNV-1a, in hexadecimal digits: two statements for one role get policies of different names. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
