import type { PolicyKind } from '../../decision/decision.ts';
import { defined } from '../../defined.ts';
import { messagesIn } from './messages-in.ts';
import type { RefusalWords } from './refusal-words.ts';
import { type RefusalForm, refusalWords } from './words.ts';

/** The message of a refusal, of AWS or of a client. */
export type Refusal = NotAuthorized | OtherRefusal;

/** A message that names the action, and mostly the principal and the resource. */
export interface NotAuthorized {
  readonly form: 'not authorized';
  /** An ARN, or `anonymous`. Absent in STS's short form: `Not authorized to perform sts:AssumeRole`. */
  readonly principal?: string;
  /** e.g. `execute-api:Invoke` */
  readonly action: string;
  /** An ARN. API Gateway masks its account: `arn:aws:execute-api:eu-west-1:********1111:…`. */
  readonly resource?: string;
  /** `explicit`: a policy denies it; `implicit`: none allows it. Absent if AWS does not say. */
  readonly denial?: 'explicit' | 'implicit';
  /** The kind of policy that denies, or that lacks an allow. Absent if AWS does not say. */
  readonly policy?: PolicyKind;
  /** The ARN of the policy that denies. AWS says it within an account and an organization only, and an inline policy has none. */
  readonly policyArn?: string;
}

/** A message whose form is its meaning. Only `named` varies. */
export interface OtherRefusal {
  readonly form: RefusalForm;
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

/**
 * Reads a message with which AWS refuses a request.
 * @param text the message, or a text around it: a response in JSON or XML, the output of a client, lines of a log, a stack trace
 * @returns `undefined` if no refusal is known in it
 */
export function readRefusal(text: string): Refusal | undefined {
  const { whole, messages } = messagesIn(text);
  const all = Object.entries(refusalWords) as [RefusalForm, RefusalWords][];
  const around = all.filter(([, words]) => words.quotesDenial);
  return firstOf(around, whole, messages) ?? notAuthorized(whole) ?? firstOf(all, whole, messages);
}

function firstOf(
  entries: readonly (readonly [RefusalForm, RefusalWords])[],
  whole: string,
  messages: readonly string[],
): OtherRefusal | undefined {
  for (const [form, words] of entries) {
    const match = words.says?.exec(whole) ?? matchAlone(words.saysOnly, messages);
    if (match === undefined) continue;
    return { form, ...(match[1] ? { named: match[1] } : {}) };
  }
  return undefined;
}

/** Matches a message as a whole, apart from its full stop. */
function matchAlone(says: RegExp | undefined, messages: readonly string[]): RegExpExecArray | undefined {
  for (const message of messages) {
    const match = says?.exec(message);
    if (match && match[0].length === message.replace(/[.!]$/, '').length) return match;
  }
  return undefined;
}

const ACTION = String.raw`(?<action>[a-z][\w-]*:[A-Z]\w+)`;

/** An ARN, also with placeholders such as `<account>`; IAM names its own resources by kind and name. The end of an XML element ends it. */
const RESOURCE = String.raw`(?:(?:role|user|group|policy|instance profile) )?(?:[^\s"'<]|<(?!/))+`;

/** A whole word: else a search through a long one would begin at each of its characters. */
const PRINCIPAL = String.raw`(?<!\S)(?<principal>\S+)`;

/** The forms in which AWS names the action. */
const denials = [
  `${PRINCIPAL} is not authorized to perform:? ?${ACTION}(?: on (?:the )?resource: ?"?(?<resource>${RESOURCE})"?)?(?<rest>.*)`,
  // CodePipeline, https://github.com/aws/aws-cdk/issues/22489
  `${PRINCIPAL} is not authorized to perform (?<action>AssumeRole) on role (?<resource>${RESOURCE})(?<rest>.*)`,
  // STS, if the caller has no principal yet, and in earlier years always.
  `[Nn]ot authorized to perform:? ${ACTION}(?: on (?:the )?resource: ?"?(?<resource>${RESOURCE})"?)?(?<rest>.*)`,
  // The end of a message.
  `(?<rest>(?:because )?no [\\w -]+ allows the ${ACTION} action)`,
  // AWS in Japanese, https://aws.amazon.com/jp/premiumsupport/knowledge-center/ec2-not-auth-launch/
  String.raw`ユーザー: ?(?<principal>\S+) ?は.{0,10}実行する(?:ための)?権限がありません:? ?\(?${ACTION}\)?(?<rest>.*)`,
].map((pattern) => new RegExp(pattern));

const REASON =
  /^[ .:]*(?:(?:because )?no (?<missing>[\w -]+?) allows|(?<deny>with an explicit deny)(?: in (?:an?|the) (?<denying>[\w -]+?(?:policy|boundary))(?:: (?<policyArn>arn:[\w:/.+=,@-]*\w))?)?)/i;

/** Closes what people put in the place of a value: `{account id}`, `<their role>`. Neither JSON nor XML is one. */
function withoutBlanksInPlaceholders(text: string): string {
  return text.replace(/\{[^{}"':,]{1,60}\}|<[^<>"'=/]{1,60}>/g, (placeholder) =>
    placeholder.replaceAll(' ', ''),
  );
}

function notAuthorized(text: string): NotAuthorized | undefined {
  const whole = withoutBlanksInPlaceholders(text);
  const groups = denials.map((pattern) => pattern.exec(whole)?.groups).find((found) => found !== undefined);
  if (groups === undefined) return undefined;
  const { principal, action = '', resource, rest = '' } = groups;
  const { missing, deny, denying, policyArn } = REASON.exec(rest)?.groups ?? {};
  const policy = kinds.find((kind) => kind === (missing ?? denying));
  return {
    form: 'not authorized',
    ...defined({
      // "User is not authorized" names nobody.
      principal: /^(?:user|role|caller|which|that|it|\.+|…)$/i.test(principal ?? '') ? undefined : principal,
      // A client that shows the message may misspell it.
      ...(/^ann?onymous$/i.test(principal ?? '') && { principal: 'anonymous' }),
      // A sentence or a bracket around the message ends after it.
      resource: resource?.replace(/[.,;]$/, '').replace(/^([^(]*)\)$/, '$1'),
      denial:
        deny !== undefined
          ? ('explicit' as const)
          : missing !== undefined
            ? ('implicit' as const)
            : undefined,
      policy,
      // One that was cut off names no policy.
      policyArn: policyArn?.includes('/') ? policyArn : undefined,
    }),
    action: action === 'AssumeRole' ? 'sts:AssumeRole' : action,
  };
}
