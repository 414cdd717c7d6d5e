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

const ARN = /^arn:(aws[a-z-]{0,20}):(iam|sts)::(\d{12}|aws):([^/]+)(?:(\/.*)?\/([^/]+))?$/;
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
  const match = arn.length > 2048 ? null : ARN.exec(arn);
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
