/** The ARN of an IAM entity, a session, or an account. */
export type IdentityArn =
  | { readonly kind: 'root'; readonly accountId: string }
  | {
      readonly kind: 'role' | 'user' | 'policy';
      /** `aws` for policies that AWS manages. */
      readonly accountId: string;
      /** Begins and ends with `/`. */
      readonly path: string;
      readonly name: string;
    }
  | {
      readonly kind: 'assumed-role';
      readonly accountId: string;
      /** The role's name; session ARNs leave out the role's path. */
      readonly name: string;
      readonly sessionName: string;
    };

const NAME = /^[\w+=,.@-]{1,128}$/;
const PATH = /^\/(?:[\u0021-\u007e]{0,510}\/)?$/;

/**
 * Reads the ARN of a role, user, policy, role session or account. `undefined` for anything else, also with wildcards.
 * @example parseIdentityArn('arn:aws:iam::111111111111:role/app/invoke')
 * // { kind: 'role', accountId: '111111111111', path: '/app/', name: 'invoke' }
 */
export function parseIdentityArn(arn: string): IdentityArn | undefined {
  if (arn.length > 2048) return undefined;
  const match = /^arn:aws:(iam|sts)::(\d{12}|aws):([^:]+)$/.exec(arn);
  if (match === null) return undefined;
  const [, service, accountId = '', resource = ''] = match;
  if (service === 'iam' && resource === 'root' && accountId !== 'aws') return { kind: 'root', accountId };
  const segments = resource.split('/');
  const kind = segments[0];
  const name = segments.at(-1) ?? '';
  if (segments.length < 2 || !NAME.test(name)) return undefined;
  if (service === 'sts') {
    const roleName = segments[1] ?? '';
    if (kind !== 'assumed-role' || segments.length !== 3 || !NAME.test(roleName)) return undefined;
    return { kind, accountId, name: roleName, sessionName: name };
  }
  const path = `/${segments.slice(1, -1).join('/')}${segments.length > 2 ? '/' : ''}`;
  if (!isPath(path) || path.includes('*')) return undefined;
  if (kind !== 'role' && kind !== 'user' && kind !== 'policy') return undefined;
  if (accountId === 'aws' && kind !== 'policy') return undefined;
  return { kind, accountId, path, name };
}

/** Whether a text is an IAM path: `/`, or printable ASCII between two slashes. */
export function isPath(text: string): boolean {
  return text.length <= 512 && PATH.test(text);
}

/** The ARN of a role, user or policy. */
export function iamArn(
  accountId: string,
  kind: 'role' | 'user' | 'policy',
  path: string,
  name: string,
): string {
  return `arn:aws:iam::${accountId}:${kind}${path}${name}`;
}
