import { terminalPalette } from '@cross-account-api/command-line';
import { indent, type Lines, lines } from '@cross-account-api/command-line/text';
import { isRoleArn, type PolicyKind, parseArn } from '@cross-account-api/iam';
import { documentedErrors } from '@cross-account-api/iam/aws';
import {
  type AskedQuestion,
  answerQuestion,
  exactRole,
  isTokenAction,
  judgeTokenTrust,
  meaningOf,
  type NotAuthorized,
  type QuestionAnswer,
  type RefusalMeaning,
  type RenderOptions,
  renderAnswer,
  renderTokenTrust,
  type TokenAction,
} from '@cross-account-api/iam/explanation';
import { find } from '../../aws/find.ts';
import { ReadError } from '../../aws/read-error.ts';
import type { WalkableCall } from '../../call/call.ts';
import { ANONYMOUS, type Call } from '../../call/call.ts';
import { exactRoleArn } from '../../call/exact-role.ts';
import { type Chain, exitCodeOf } from '../../call/link.ts';
import { noteOnConcurrency, noteOnPermissions, unreadOrganizations } from '../../call/notes.ts';
import { type OpenCall, openCall } from '../../call/open-call.ts';
import { nameOf } from '../../call/pair.ts';
import { chainDocument, renderChainReport } from '../../call/render.ts';
import { type WalkedCall, walkCall } from '../../call/walk-call.ts';
import { UsageError } from '../../command-line.ts';
import { callFromError, type DeniedQuestion } from './call-from-error.ts';
import { differenceFromMessage } from './compare-with-message.ts';
import { withoutCutAction } from './cut-action.ts';

/** The result of an explanation. */
export interface CallExplanation {
  /** 0: the call is allowed now; 1: it is not; 2: it cannot be told. */
  readonly exitCode: 0 | 1 | 2;
  /** For `--json`. */
  readonly document: object;
  /** For a person. */
  readonly lines: readonly string[];
}

/**
 * Explains a call of any API: AWS's answer, if given, and each link of its chain that can be read.
 * @param given the call, with AWS's answer if there is one
 * @param renderingOf returns the print options for the open accounts
 * @throws UsageError if an option is missing, ReadError if a profile cannot be used or AWS cannot be reached
 */
export async function explainCall(
  given: Call,
  renderingOf: (accounts: OpenCall['accounts']) => RenderOptions,
): Promise<CallExplanation> {
  const asked = withoutCutAction(given);
  const hasProfile = (asked.apiProfile ?? asked.callerProfile) !== undefined;
  if (!hasProfile) {
    if (asked.error === undefined) {
      throw new UsageError(
        'Give --caller-profile, --api-profile or both: with one, this command judges that side and prints what the other needs.',
      );
    }
    return withoutWalk(asked, meaningFor(asked));
  }
  const open = await openCall(asked);
  try {
    const rendering = renderingOf(open.accounts);
    const { refusal } = asked.error ?? {};
    const meaning = meaningFor(asked, open);
    if (refusal?.form === 'not authorized' && isTokenAction(refusal.action)) {
      return await answerAboutTokens(asked, refusal, refusal.action, open, meaning, rendering);
    }
    const named =
      refusal?.form === 'not authorized' ? callFromError(asked, refusal, open.api?.accountId) : asked;
    const call = 'principal' in named ? named : await withPaths(named, asked, open);
    if ('principal' in call) return await answerMessage(asked, call, open, meaning, rendering);
    if (!isWalkable(call)) {
      if (asked.error === undefined) throw new UsageError(`Give ${missingFor(call).join(' and ')}.`);
      return withoutWalk(asked, meaning);
    }
    return walked(call, await walkCall(call, open), meaning, rendering);
  } finally {
    open.close();
  }
}

/** The meaning of the message, with the accounts that the options and the profiles tell. */
function meaningFor(
  { error, apiAccountId, callerArn = '', roleArn = '' }: Call,
  open?: OpenCall,
): RefusalMeaning | undefined {
  const named = [apiAccountId, parseArn(roleArn).accountId, parseArn(callerArn).accountId];
  const known = [...(open?.accounts.keys() ?? []), ...named].filter(
    (each) => each !== undefined && each !== '',
  );
  return (
    error?.refusal &&
    meaningOf(
      error.refusal,
      known.filter((each) => each !== undefined),
    )
  );
}

/** Gives the roles that are known only by a session their path. The role that a message of STS names has it. */
async function withPaths(call: Call, asked: Call, open: OpenCall): Promise<Call> {
  const exact = async (arn: string | undefined) => (arn === undefined ? arn : exactRoleArn(arn, open));
  const isSession = call.callerSession !== undefined;
  const isOfMessage = asked.roleArn === undefined && asked.error?.refusal?.form === 'not authorized';
  const isRoute = isOfMessage && call.api !== undefined;
  return {
    ...call,
    callerArn: isSession ? await exact(call.callerArn) : call.callerArn,
    roleArn: isRoute ? await exact(call.roleArn) : call.roleArn,
  };
}

function isWalkable(call: Call): call is WalkableCall {
  return call.callerArn !== undefined && missingFor(call).length === 0;
}

function missingFor({ callerArn, api, roleArn, error }: Call): string[] {
  const isAboutRole = error?.refusal !== undefined && roleArn !== undefined;
  return [callerArn === undefined && '--caller', api === undefined && !isAboutRole && '--api'].filter(
    (each) => typeof each === 'string',
  );
}

function walked(
  call: WalkableCall,
  { chain, notes, unreadControl }: WalkedCall,
  meaning: RefusalMeaning | undefined,
  rendering: RenderOptions,
): CallExplanation {
  const { palette } = rendering;
  const allNotes = [...notes, ...noteOnPermissions(chain, undefined), ...noteOnConcurrency(chain)];
  const outcome = outcomeOf(call, chain, meaning, unreadControl);
  const { accountId } = parseArn(call.callerArn);
  const who =
    call.callerArn === ANONYMOUS
      ? 'A caller without a signature'
      : `${nameOf(call.callerArn)} of ${accountId}`;
  const title = `${who} ${call.api === undefined ? `assumes ${call.roleArn}` : `calls ${call.api.url}`}`;
  return {
    exitCode: outcome.exitCode,
    document: {
      ...(call.error !== undefined && { error: documentOf(call.error, meaning) }),
      caller: call.callerArn,
      api: call.api?.url,
      ...chainDocument(chain),
      ...(outcome.conclusion !== undefined && { conclusion: outcome.conclusion }),
      notes: allNotes,
    },
    lines: lines(
      meaning
        ? [...meaningLines(call, meaning), '']
        : call.error !== undefined && [...unknownLines(call), ''],
      renderChainReport(chain, title, rendering),
      outcome.conclusion && ['', palette.strong(outcome.conclusion)],
      allNotes.map((note) => ['', palette.faint(`note: ${note}`)]),
    ),
  };
}

interface Outcome {
  readonly exitCode: 0 | 1 | 2;
  readonly conclusion?: string;
}

/** Compares the current chain with AWS's earlier answer. */
function outcomeOf(
  { error }: Call,
  { state, links }: Chain,
  meaning: RefusalMeaning | undefined,
  unreadControl: readonly string[],
): Outcome {
  const refusal = error?.refusal;
  if (error === undefined || state !== 'holds') {
    const conclusion =
      refusal?.form === 'not authorized' ? differenceFromMessage(refusal, links, unreadControl) : undefined;
    return { exitCode: exitCodeOf[state], ...(conclusion !== undefined && { conclusion }) };
  }
  if (refusal?.form === 'not authorized') {
    const isVia = links.some(({ kind }) => kind === 'VPC endpoint');
    return nowAllowed(refusal, unreadControl, isVia && refusal.action === 'execute-api:Invoke');
  }
  if (meaning?.tellsCause === true) {
    return {
      exitCode: 1,
      conclusion: 'The policies allow the call. What AWS answered is about the request itself: see above.',
    };
  }
  return { exitCode: 0, conclusion: 'Nothing that was read refuses the call now; invoke again.' };
}

/** Kinds of policies that nobody can read from the accounts of a call alone. */
const oftenUnread: readonly PolicyKind[] = [
  'service control policy',
  'resource control policy',
  'session policy',
  'VPC endpoint policy',
];

/**
 * What is concluded if everything that was read allows what AWS refused. A policy that was not read can refuse it still.
 * @param unreadControl the accounts whose service control and resource control policies were not read
 * @param endpointIsRead whether the policy of the VPC endpoint was read
 */
function nowAllowed(
  { policy, policyArn, action, denial }: NotAuthorized,
  unreadControl: readonly string[],
  endpointIsRead: boolean,
): Outcome {
  if (denial === 'explicit' && policy === undefined && unreadControl.length > 0) {
    return {
      exitCode: 2,
      conclusion: `No policy that was read denies it. The statement can be in a service control or resource control policy of the AWS organization of account ${unreadControl.join(' or ')}, which were not read, or in a session policy that is not given with --session-policy. If it is none of these, it is gone: invoke again.`,
    };
  }
  const isUnread = policy !== undefined && oftenUnread.includes(policy);
  if (isUnread && !(policy === 'VPC endpoint policy' && endpointIsRead)) {
    return {
      exitCode: 2,
      conclusion: `Everything that was read allows it. AWS named a ${policy}${policyArn === undefined ? '' : ` (${policyArn})`}: if it was not read or has not changed, the call fails again.`,
    };
  }
  const deploy =
    policy === 'resource-based policy' && action === 'execute-api:Invoke'
      ? ' If it fails again, deploy the API: the stage still has the resource policy of its deployment.'
      : ' If it fails again within a minute, wait: AWS needs some seconds to spread a change.';
  return { exitCode: 0, conclusion: `Allowed now; invoke again.${deploy}` };
}

async function answerMessage(
  asked: Call,
  question: DeniedQuestion,
  open: OpenCall,
  meaning: RefusalMeaning | undefined,
  rendering: RenderOptions,
): Promise<CallExplanation> {
  const { accounts, reader } = open;
  const region = [...accounts.values()][0]?.sdk.region ?? 'us-east-1';
  const { context, sessionPolicies } = asked;
  const circumstances = { context, sessionPolicies, now: new Date() };
  let answer: QuestionAnswer;
  try {
    answer = await answerQuestion({ ...question, region } satisfies AskedQuestion, reader, circumstances);
  } catch (error) {
    if (
      !(error instanceof ReadError) &&
      !(error instanceof Error && 'code' in error && error.code === 'UnknownPrincipal')
    )
      throw error;
    const { exitCode, document, lines: without } = withoutWalk(asked, meaning);
    const reason = error instanceof Error ? error.message : '';
    return { exitCode, document: { ...document, unread: reason }, lines: [...without, '', reason] };
  }
  const { allowed } = answer.decision;
  const refusal = asked.error?.refusal;
  const unread = await unreadOrganizations(open);
  const { exitCode, conclusion }: Outcome =
    allowed && refusal?.form === 'not authorized'
      ? nowAllowed(
          refusal,
          unread.map(({ account }) => account.accountId),
          false,
        )
      : { exitCode: allowed ? 0 : 1 };
  return {
    exitCode,
    document: {
      error: asked.error && documentOf(asked.error, meaning),
      allowed,
      ...(conclusion !== undefined && { conclusion }),
      ...answer,
    },
    lines: lines(
      meaning && [...meaningLines(asked, meaning), ''],
      renderAnswer(answer, rendering),
      conclusion && ['', rendering.palette.strong(conclusion)],
    ),
  };
}

/** A caller with a token has no policies, so only the trust policy of the role is judged. Nothing says that the token is admitted. */
async function answerAboutTokens(
  asked: Call,
  { resource }: NotAuthorized,
  action: TokenAction,
  { accounts, reader }: OpenCall,
  meaning: RefusalMeaning | undefined,
  rendering: RenderOptions,
): Promise<CallExplanation> {
  const roleArn = asked.roleArn ?? (isRoleArn(resource ?? '') ? resource : undefined);
  const without = withoutWalk(asked, meaning);
  if (roleArn === undefined) return without;
  const found = await find(parseArn(roleArn).accountId, async () => exactRole(reader, roleArn));
  if (found.facts === undefined) {
    const reason =
      found.unread === undefined
        ? `There is no role ${roleArn}.`
        : `The trust policy of ${roleArn} was not read: ${found.unread.permission ?? found.unread.failure}.`;
    return {
      exitCode: found.unread === undefined ? 1 : 2,
      document: { ...without.document, unread: reason },
      lines: [...meaningLines(asked, meaning ?? { means: '', advice: [], tellsCause: false }), '', reason],
    };
  }
  const region = [...accounts.values()][0]?.sdk.region ?? 'us-east-1';
  const { context, sessionPolicies } = asked;
  const trust = await judgeTokenTrust(found.facts, action, region, reader, {
    context,
    sessionPolicies,
    now: new Date(),
  });
  const isRefused = trust.verdicts.every(({ outcome }) => outcome === 'refused');
  const conclusion = isRefused
    ? 'The trust policy refuses every token.'
    : 'Undecided: the trust policy can admit a token. Compare each condition with the token that was sent, and see what was not judged.';
  return {
    exitCode: isRefused ? 1 : 2,
    document: { error: asked.error && documentOf(asked.error, meaning), conclusion, trust },
    lines: lines(meaning && [...meaningLines(asked, meaning), ''], renderTokenTrust(trust, rendering), [
      '',
      rendering.palette.strong(conclusion),
    ]),
  };
}

const JUDGE_TRUST =
  'Give --role, and --api-profile or --caller-profile with a profile of its account, and this command judges the trust policy.';

const WALK_IT =
  'Give the call, and this command looks for the broken link: --api, --route, --caller, --role (if one is assumed), --api-profile and --caller-profile.';

/** The options that are needed to find the broken link. */
function neededFor({ error }: Call): string {
  const { refusal } = error ?? {};
  const isComplete = refusal?.form === 'not authorized' && refusal.resource !== undefined;
  return isComplete
    ? `Give --caller-profile and --api-profile, profiles of both accounts, and this command names the statement at fault${refusal.action === 'execute-api:Invoke' ? '; with --caller, also that of AssumeRole' : ', with --external-id if one is sent'}.`
    : WALK_IT;
}

/** What helps if no refusal is known in a text. */
const UNKNOWN = [
  'No refusal of AWS is known in this text.',
  '  → Give the message itself: the body of the response (curl -i shows it, with the header x-amzn-ErrorType), or the line of the client or of the log that has the name of the error.',
];

/** Explains the message without a walk of the chain. */
function withoutWalk(asked: Call, meaning: RefusalMeaning | undefined): CallExplanation {
  const { error } = asked;
  const isExplained = meaning?.tellsCause === true && error?.refusal?.form !== 'not authorized';
  const action = error?.refusal?.form === 'not authorized' ? error.refusal.action : '';
  // A caller with a token has no policies that could be walked.
  const next = isTokenAction(action) ? JUDGE_TRUST : neededFor(asked);
  return {
    exitCode: meaning?.tellsCause === true ? 1 : 2,
    document: { error: error && documentOf(error, meaning) },
    lines: lines(
      meaning === undefined ? unknownLines(asked) : meaningLines(asked, meaning),
      !isExplained && `  → ${next}`,
    ),
  };
}

function documentOf(
  { text, refusal }: NonNullable<Call['error']>,
  meaning: RefusalMeaning | undefined,
): object {
  if (refusal === undefined) return { message: text, documented: documentedErrors(text) };
  return { message: text, ...refusal, ...meaning };
}

/** A text in which no refusal is known, with AWS's own sentence about an error that the text names. It does not count as an answer. */
function unknownLines({ error }: Call): string[] {
  const { faint } = terminalPalette;
  const [none, ...advice] = UNKNOWN;
  const sentences = documentedErrors(error?.text ?? '').map(
    ({ service, name, says }) => `${service} says of ${name}: ${faint(`"${says}"`)}`,
  );
  return lines(
    none,
    indent(2, sentences),
    sentences.length > 0 &&
      indent(2, faint("AWS's own words, from the model of the service. They are no answer.")),
    advice,
  );
}

function meaningLines({ error }: Call, { means, advice, source }: RefusalMeaning): string[] {
  const { strong, faint, allowed } = terminalPalette;
  const refusal = error?.refusal;
  const asked: Lines =
    refusal?.form === 'not authorized'
      ? [
          refusal.principal && `${faint('who ')} ${refusal.principal}`,
          `${faint('what')} ${refusal.action}`,
          refusal.resource && `${faint('on  ')} ${refusal.resource}`,
        ]
      : [];
  return lines(
    strong(means),
    indent(2, asked),
    indent(
      2,
      advice.map((each) => `${allowed('→')} ${each}`),
    ),
    source && indent(2, [faint(`source: ${source}`)]),
  );
}
