import type { PolicyKind } from '../../decision/decision.ts';

/** AWS's message for a refused request. */
export type Refusal = NotAuthorized | OtherRefusal;

/** A message that names principal and action. */
export interface NotAuthorized {
  readonly form: 'not authorized';
  /** An ARN, or `anonymous`. */
  readonly principal: string;
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** An ARN. API Gateway masks its account: `arn:aws:execute-api:eu-west-1:********1111:…`. */
  readonly resource?: string;
  /** `explicit`: a policy denies it; `implicit`: none allows it. Absent if AWS does not say. */
  readonly denial?: 'explicit' | 'implicit';
  /** The kind of policy that denies, or that lacks an allow. Absent if AWS does not say. */
  readonly policy?: PolicyKind;
}

/** A message whose form is its meaning. Only `named` varies. */
export interface OtherRefusal {
  readonly form: keyof typeof forms;
  /** The value that the message names, e.g. the region of a credential scope. */
  readonly named?: string;
}

/** The kinds of policies, as AWS's messages name them: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
const kinds = [
  'identity-based policy',
  'resource-based policy',
  'role trust policy',
  'session policy',
  'permissions boundary',
  'VPC endpoint policy',
  'service control policy',
  'resource control policy',
] as const satisfies readonly PolicyKind[];

/** The wording of API Gateway, STS and Lambda, by form. A group is the value that the message names. */
const forms = {
  'missing authentication token': /^missing authentication token$/i,
  'function url': /^forbidden\. for troubleshooting function url/i,
  forbidden: /^forbidden\.?$/i,
  'not found': /^not found$/i,
  unauthorized: /^unauthorized$/i,
  authorizer: /^user is not authorized to access this resource/i,
  'incomplete signature':
    /authorization header requires|not a valid key=value pair|^incompletesignature|must contain .* signed headers/i,
  'signature mismatch': /signature we calculated does not match the signature you provided/i,
  'signature expired': /signature expired:|signature has expired/i,
  'signature not yet current': /signature not yet current/i,
  'scope date': /date in credential scope does not match/i,
  'scope region': /credential should be scoped to a valid region(?:,? not '([\w-]+)')?/i,
  'scope service': /credential should be scoped to correct service(?:: '([\w-]+)')?/i,
  'token expired': /security token included in the request is expired|^expiredtoken/i,
  'token invalid':
    /security token included in the request is invalid|^invalidclienttokenid|^unrecognizedclient/i,
  'role chaining': /exceeds the 1 hour session limit for roles assumed by role chaining/i,
  'session maximum': /requested durationseconds exceeds the maxsessionduration set for this role/i,
  duration: /value '?(\w*)'? at 'durationSeconds' failed to satisfy constraint/i,
  'session name': /value '?([^']*)'? at 'roleSessionName' failed to satisfy constraint/i,
  'region disabled': /sts is not activated in this region for account: ?(\d{12})?|^regiondisabled/i,
  'root user': /roles may not be assumed by root accounts/i,
  'function role': /role defined for the function cannot be assumed by lambda/i,
  'function key': /unable to decrypt the environment variables because kms access was denied/i,
  'function permission': /invalid permissions on lambda function/i,
  'function missing': /^function not found: ?(\S+)?/i,
  throttled: /^(?:too many requests|limit exceeded|rate exceeded)/i,
  'internal server error': /^internal server error$/i,
  'timed out': /^endpoint request timed out$/i,
} as const;

/**
 * Reads a message with which API Gateway, STS or Lambda refuses a request.
 * @param text the message, or a text that contains it: a response body in JSON or XML, or the line of the AWS CLI or of an SDK
 * @returns `undefined` if the form is unknown
 */
export function readRefusal(text: string): Refusal | undefined {
  const message = messageIn(text);
  const named = notAuthorized(message);
  if (named !== undefined) return named;
  for (const [form, pattern] of Object.entries(forms)) {
    const match = pattern.exec(message);
    if (match === null) continue;
    return { form: form as OtherRefusal['form'], ...(match[1] ? { named: match[1] } : {}) };
  }
  return undefined;
}

function notAuthorized(message: string): NotAuthorized | undefined {
  const found =
    /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: ?"?([^\s"]+)"?)?([\s\S]*)/i.exec(
      message,
    );
  if (found === null) return undefined;
  const [, principal = '', action = '', resource, rest = ''] = found;
  const policy = kinds.find((kind) => rest.includes(kind));
  const denial = /explicit deny/i.test(rest)
    ? 'explicit'
    : /because no /i.test(rest)
      ? 'implicit'
      : undefined;
  return {
    form: 'not authorized',
    principal,
    action,
    ...(resource !== undefined && { resource }),
    ...(denial !== undefined && { denial }),
    ...(policy !== undefined && { policy }),
  };
}

/** The message in a response body, or in a line of a client. */
function messageIn(text: string): string {
  const trimmed = text.trim();
  const inBody = inJson(trimmed) ?? /<Message>([\s\S]*?)<\/Message>/.exec(trimmed)?.[1];
  if (inBody !== undefined) return messageIn(inBody);
  const inLine = /^An error occurred \(\w+\) when calling the \w+ operation(?: \([^)]*\))?: ([\s\S]+)$/.exec(
    trimmed,
  );
  if (inLine?.[1] !== undefined) return messageIn(inLine[1]);
  // Longer texts, such as a log, have the message in the middle; an SDK puts the error's name before it.
  return trimmed
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replace(/^(?:\w+(?:Exception|Error|Denied|Token|Match|Signature)): (?=\S)/, '');
}

function inJson(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null) return undefined;
    const members = new Map(Object.entries(document).map(([name, value]) => [name.toLowerCase(), value]));
    const message: unknown = members.get('message') ?? members.get('errormessage');
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
