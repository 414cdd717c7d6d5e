/** Splits an ARN. Parts that are absent are empty. */
export function parseArn(arn: string): {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly accountId: string;
  readonly resource: string;
  /** After the last slash or colon. */
  readonly name: string;
} {
  const [, partition = '', service = '', region = '', accountId = '', ...rest] = arn.split(':');
  const resource = rest.join(':');
  return { partition, service, region, accountId, resource, name: resource.split(/[/:]/).at(-1) ?? '' };
}

/** The account in an ARN. Empty if it has none. */
export function accountOf(arn: string): string {
  return arn.split(':', 5)[4] ?? '';
}

/** Whether a text is the ID of an account: 12 digits. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}

/** The six parts of an ARN: `arn`, partition, service, region, account, and the resource with all its further colons. */
export type ArnParts = readonly [string, string, string, string, string, string];

/** Splits an ARN into its parts. Returns `undefined` if the text is not an ARN. */
export function splitArn(text: string): ArnParts | undefined {
  const [arn, partition, service, region, account, ...resource] = text.split(':');
  if (arn !== 'arn' || partition === undefined || service === undefined) return undefined;
  if (region === undefined || account === undefined || resource.length === 0) return undefined;
  return [arn, partition, service, region, account, resource.join(':')];
}

/** Whether a text is an ARN: six parts, of which only the region and the account may be empty. */
export function isArn(text: string): boolean {
  return /^arn:[^:]+:[^:]+:[^:]*:[^:]*:./s.test(text);
}

/**
 * Whether a text is the ARN of something in an account.
 * @param start how its resource begins
 * @example isArnOf('arn:aws:kms:eu-west-1:111111111111:key/1', 'kms', 'key/') // true
 */
export function isArnOf(text: string, service: string, start: string): boolean {
  const arn = parseArn(text);
  return (
    isArn(text) && arn.service === service && isAccountId(arn.accountId) && arn.resource.startsWith(start)
  );
}

const ACCOUNT = /^(?:arn:aws[a-z-]{0,20}:iam::)?(\d{12})(?::root)?$/;

/**
 * The account that a value of `Principal` names. `undefined` if it names somebody else.
 * @example accountNamed('arn:aws:iam::111111111111:root') // '111111111111', as for accountNamed('111111111111')
 */
export function accountNamed(principal: string): string | undefined {
  return ACCOUNT.exec(principal)?.[1];
}

/**
 * The account of a principal: its own ID, or that in the ARN of a role, a user or an account. `undefined` for `*`, and for what is not an
 * ARN of IAM.
 */
export function accountOfPrincipal(principal: unknown): string | undefined {
  if (typeof principal !== 'string') return undefined;
  return isAccountId(principal) ? principal : parseIamArn(principal)?.accountId;
}

/** The parts of a function's ARN. */
export interface FunctionArnParts {
  /** The ARN without version or alias. */
  readonly functionArn: string;
  readonly name: string;
  /** A version or an alias. Absent: the ARN names none. */
  readonly qualifier: string | undefined;
}

/**
 * Splits the ARN of a function. The name is empty if it is no such ARN.
 * @example splitFunctionArn('arn:aws:lambda:eu-west-1:111111111111:function:orders:live')
 * // { functionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:orders', name: 'orders', qualifier: 'live' }
 */
export function splitFunctionArn(arn: string): FunctionArnParts {
  const parts = arn.split(':');
  const [, , , , , , name = '', qualifier] = parts;
  return { functionArn: parts.slice(0, 7).join(':'), name, qualifier };
}

/** The ARN of an IAM entity, a session, or an account. */
export type IamArn =
  | { readonly kind: 'root'; readonly partition: string; readonly accountId: string }
  | {
      readonly kind: 'role' | 'user' | 'policy';
      readonly partition: string;
      /** `aws` for policies that AWS manages. */
      readonly accountId: string;
      /** Begins and ends with `/`. */
      readonly path: string;
      readonly name: string;
    }
  | {
      readonly kind: 'assumed-role';
      readonly partition: string;
      readonly accountId: string;
      /** The role's name; session ARNs leave out the role's path. */
      readonly name: string;
      readonly sessionName: string;
    };

const IAM_ARN = /^arn:(aws[a-z-]{0,20}):(iam|sts)::(\d{12}|aws):([^/]+)(?:(\/.*)?\/([^/]+))?$/;
const NAME = /^[\w+=,.@-]{1,128}$/;
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
const PATH = /^\/(?:[\x21-\x7e]+\/)?$/;

/** Whether a text is an IAM path: `/`, or printable ASCII between two slashes; 512 characters at most. */
export function isIamPath(text: string): boolean {
  return text.length <= 512 && PATH.test(text);
}

/**
 * Reads the ARN of a role, user, policy, role session or account. `undefined` for any other text and for names with wildcards.
 * @example parseIamArn('arn:aws:iam::111111111111:role/app/invoke')
 * // { kind: 'role', partition: 'aws', accountId: '111111111111', path: '/app/', name: 'invoke' }
 */
export function parseIamArn(arn: string): IamArn | undefined {
  const match = arn.length > 2048 ? null : IAM_ARN.exec(arn);
  if (match === null) return undefined;
  const [, partition = '', service, accountId = '', kind, between = '', name] = match;
  const base = { partition, accountId };
  if (name === undefined) {
    const isRoot = service === 'iam' && kind === 'root' && accountId !== 'aws';
    return isRoot ? { kind, ...base } : undefined;
  }
  if (!NAME.test(name) || (accountId === 'aws' && kind !== 'policy')) return undefined;
  if (service === 'sts') {
    const roleName = between.slice(1);
    return kind === 'assumed-role' && NAME.test(roleName)
      ? { kind, ...base, name: roleName, sessionName: name }
      : undefined;
  }
  const path = `${between}/`;
  if (!isIamPath(path) || (kind !== 'role' && kind !== 'user' && kind !== 'policy')) return undefined;
  return { kind, ...base, path, name };
}

/** Whether a text is the ARN of a role. */
export function isRoleArn(text: string): boolean {
  return parseIamArn(text)?.kind === 'role';
}

const IN_TEXT = {
  role: /arn:aws[a-z-]{0,20}:iam::\d{12}:role\/\S+/,
  any: /arn:aws[a-z-]{0,20}:iam::\d{12}:(?:role|user|policy)\/\S+/,
};

/**
 * The first ARN of a role in a text, or with `any` that of a role, a user or a policy.
 * @returns `undefined` if there is none
 */
export function iamArnIn(text: string, kind: 'role' | 'any'): string | undefined {
  return IN_TEXT[kind].exec(text)?.[0];
}
