/** What follows from a template that could not be read. */
export interface Unread {
  /** The error: its code and its message. */
  readonly reason: string;
  readonly remedy: string;
  /** Whether the next attempt would fail, too: the deployment goes on, with a warning. Otherwise it stops, and nobody is interrupted unasked. */
  readonly staysUnread: boolean;
}

/**
 * Says what helps if a template could not be read, by the kind of the error: CloudFormation's and S3's codes, and Node's.
 * @param action the permission that reads the template. @example 'cloudformation:GetTemplate'
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
 */
export function unreadTemplate(error: Error, action: string): Unread {
  const code = codeOf(error);
  const isDenied = /^(AccessDenied|NotAuthorized|UnauthorizedOperation)/.test(code);
  // Errors of Node that have tried several addresses have no message.
  const reason = error.message === '' ? code : `${code}: ${error.message}`;
  return { reason, remedy: isDenied ? permit(error, action) : remedyFor(code), staysUnread: isDenied };
}

function permit({ message }: Error, action: string): string {
  return message.includes('explicit deny')
    ? `A policy denies ${action} to whoever deploys, and no permission outweighs that: change that policy.`
    : `Whoever deploys needs ${action}: deployment-role.yml has it, so deploy that again, or add it to the policy of your own role.`;
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|CredentialsProvider|TokenProvider)/,
    'AWS does not take the credentials. Get new ones, look at the clock of this machine, and repeat the command.',
  ],
  [
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/,
    'AWS throttles the account at the moment. Repeat the command in a minute.',
  ],
  [
    /^(E[A-Z_]+$|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|AggregateError|Networking)|Timeout/,
    'AWS was not reached. Look at the network and the proxy of this machine, and repeat the command.',
  ],
  [
    /^SyntaxError$/,
    'It is not JSON, so something else than this project has deployed it. Compare it with .serverless/cloudformation-template-update-stack.json yourself.',
  ],
  [/^(Internal|ServiceUnavailable|Unknown)/, 'AWS failed. Repeat the command in a minute.'],
];

function remedyFor(code: string): string {
  return REMEDIES.find(([codes]) => codes.test(code))?.[1] ?? 'Solve that, and repeat the command.';
}

/** Node's code, such as `ECONNREFUSED`, or the name of AWS's error. */
function codeOf(error: Error & { readonly code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.name;
}
