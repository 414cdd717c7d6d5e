import { iamArnIn } from '../arn.ts';
import { changeCommand } from './change-command.ts';
import { permissionSetOf } from './protected-roles.ts';
import type { Remedy } from './remedy.ts';

type AddStatement = Extract<Remedy, { change: 'add statement' }>;

/** A remedy as text for a person. */
export interface RemedyText {
  /** The instruction for the text, e.g. `add to the trust policy of arn:…`. */
  readonly instruction: string;
  /** The file that defines the role, e.g. `services/api/serverless.yml`. */
  readonly file?: string;
  /** The text to copy: a statement, a command, or a condition key and its value. */
  readonly text: string;
  /** The command that makes the same change, if the text is none. With `file`: for a role that somebody has changed past its file. */
  readonly command?: string;
  /** Whether it stands on the line of the instruction. */
  readonly isShort?: true;
}

/** Options for a remedy's text. */
export interface RemedyTextOptions {
  /** The file that defines a role, e.g. `services/api/serverless.yml`, and what to write there for the statement's resource. */
  readonly fileOfRole?: ((roleArn: string, resource: unknown) => string | undefined) | undefined;
  /** The command that runs the AWS CLI as an administrator of an account. Default: `aws` */
  readonly cliOf?: ((accountId: string) => string) | undefined;
}

/** Describes a remedy in text. */
export function remedyText(remedy: Remedy, { fileOfRole, cliOf }: RemedyTextOptions = {}): RemedyText {
  if (remedy.change === 'request') {
    return {
      instruction: 'make the request with',
      text: `${remedy.key} = ${quoted(remedy.value)}`,
      isShort: true,
    };
  }
  const command = changeCommand(remedy, cliOf ?? (() => 'aws'));
  const isOfFunction = String(remedy.statement.Action).startsWith('lambda:');
  if (command !== undefined && isOfFunction && remedy.kind === 'resource-based policy')
    return { instruction: 'run', text: command };
  const role = iamArnIn(remedy.where, 'role');
  const file = role && fileOfRole?.(role, remedy.statement.Resource);
  const text = JSON.stringify(remedy.statement, null, 2);
  return {
    instruction: `add to ${remedy.where}${byPermissionSet(remedy)}${withoutDeleted(remedy)}${afterwards(remedy)}${limitsOf(remedy)}`,
    ...(file && { file }),
    text,
    ...(command !== undefined && { command }),
  };
}

/** IAM and API Gateway refuse a policy that names a deleted principal: "Invalid principal in policy", "Invalid policy document". */
function withoutDeleted({ deletedPrincipals = [] }: AddStatement): string {
  if (deletedPrincipals.length === 0) return '';
  const [first] = deletedPrincipals;
  const subject =
    deletedPrincipals.length === 1
      ? `${first}, a role or user that was deleted`
      : `${deletedPrincipals.join(', ')}, roles and users that were deleted`;
  return `, and remove in the same step ${subject}, with each statement that names nobody else (AWS refuses a document with a deleted principal)`;
}

/** IAM Identity Center writes the policies of a permission set into its role in each account. */
function byPermissionSet({ kind, where }: AddStatement): string {
  const set = kind === 'identity-based policy' ? permissionSetOf(where) : undefined;
  return set === undefined
    ? ''
    : `, with the inline policy of its permission set ${set}: only IAM Identity Center changes this role`;
}

/** What the change needs: IAM keeps five versions of a managed policy, and some quotas are raised on request. */
function limitsOf({ kind, quota }: AddStatement): string {
  const versions =
    kind === 'permissions boundary'
      ? ', in a new version (IAM keeps five: delete an old one if there are; each role with this boundary gets the statement)'
      : '';
  return `${versions}${quota === undefined ? '' : ` (${quota})`}`;
}

/** A value of more than plain characters in quotes: a blank at its end would not be seen. */
function quoted(value: string): string {
  return /^[\w+=,.@:/-]+$/.test(value) ? value : JSON.stringify(value);
}

/**
 * A resource policy of an API is part of its deployments
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html).
 */
function afterwards({ kind, statement }: AddStatement): string {
  const isOfApi = kind === 'resource-based policy' && statement.Action === 'execute-api:Invoke';
  return isOfApi ? ', and deploy the API again' : '';
}
