import type { Decision } from '../authorization/decision.ts';
import { describeMismatch, describeStatement, type PolicyFragment } from '../authorization/index.ts';
import { isObject } from '../authorization/policy-language.ts';
import type { Palette } from '../trace-view/chain.ts';
import type { Chain, Link } from './chain.ts';
import type { QuestionAnswer } from './question.ts';
import type { Explanation } from './refusal.ts';
import { renderComparison } from './render-comparison.ts';

/** How explanations are written. */
export interface RenderOptions {
  readonly palette: Palette;
  /** Columns of the terminal. */
  readonly width: number;
  /** Where in the project's files a change belongs, if that is known. */
  readonly placeOf?: (change: PolicyFragment, decision: Decision) => string | undefined;
}

/** Renders the explanation of one request. */
export function renderExplanation(explanation: Explanation, options: RenderOptions): string[] {
  const { palette } = options;
  const { event, reason, remedy, decision, change, signature, refused } = explanation;
  const status = `${event.status} ${event.errorCode ?? ''}`.trimEnd();
  const where = [event.accountId && `account ${event.accountId}`, event.region].filter(Boolean).join(', ');
  return [
    `${mark(!refused && event.status < 400, palette)} ${palette.strong(`${event.service} ${event.operation}`)}  ${(event.status < 400 ? palette.allowed : palette.denied)(status)}`,
    `  ${palette.faint(`${event.time}  request ${event.requestId}${event.parentRequestId === undefined ? '' : `, made during ${event.parentRequestId}`}${where === '' ? '' : `, ${where}`}`)}`,
    `  ${palette.faint('by')} ${event.principal ?? 'nobody that is known: the request was not authenticated'}`,
    '',
    `  ${palette.strong(decision === undefined ? reason : verdictOf(decision))}`,
    ...(refused ? [] : event.decisions.flatMap((each) => indent(4, decisionLines(each, palette)))),
    ...(decision === undefined ? [] : indent(4, decisionLines(decision, palette))),
    ...(remedy === undefined ? [] : [`  ${palette.allowed('→')} ${remedy}`]),
    ...(signature === undefined ? [] : ['', ...indent(2, renderComparison(signature, options))]),
    ...(change === undefined || decision === undefined
      ? []
      : ['', ...indent(2, changeLines([change], decision, options)), ...further(palette)]),
  ];
}

/** Renders the answer to a question. */
export function renderAnswer(answer: QuestionAnswer, options: RenderOptions): string[] {
  const { palette } = options;
  const { decision, changes, suffices, notes } = answer;
  return [
    `${mark(decision.allowed, palette)} ${palette.strong(decision.allowed ? 'Allowed.' : `Denied: ${verdictOf(decision)}`)}`,
    ...(decision.allowed ? indent(4, questionLines(decision, palette)) : []),
    ...indent(4, decisionLines(decision, palette)),
    ...(decision.allowed ? [] : ['', ...indent(2, changeLines(changes, decision, options, suffices))]),
    ...notes.map((note) => `  ${palette.faint(`note: ${note}`)}`),
  ];
}

/** Renders a chain: one line for each link that holds, and for one that does not, why and what would mend it. */
export function renderChainReport(chain: Chain, title: string, options: RenderOptions): string[] {
  const { palette } = options;
  const broken = chain.links.filter(({ holds }) => !holds).length;
  const links = chain.links.length;
  const verdict = chain.holds
    ? palette.allowed(`the chain holds (${links} links)`)
    : palette.denied(`the chain is broken at ${broken} of ${links} links`);
  return [
    `${palette.strong(title)}: ${verdict}`,
    '',
    ...chain.links.flatMap((link) => linkLines(link, options)),
  ];
}

function linkLines(link: Link, options: RenderOptions): string[] {
  const { palette } = options;
  const { holds, title, decision, problem, note, changes, suffices } = link;
  return [
    `${mark(holds, palette)} ${palette.strong(title)}`,
    ...(note === undefined ? [] : [`    ${palette.faint(note)}`]),
    ...(problem === undefined
      ? []
      : [`    ${problem.message}`, `    ${palette.allowed('→')} ${problem.remedy}`]),
    ...(decision === undefined
      ? []
      : [
          ...(decision.allowed ? [] : [`    ${verdictOf(decision)}`]),
          ...indent(4, decisionLines(decision, palette)),
          ...(decision.allowed ? [] : indent(4, changeLines(changes, decision, options, suffices))),
        ]),
    ...(holds ? [] : ['']),
  ];
}

/** @example 'no identity-based policy allows it' */
function verdictOf(decision: Decision): string {
  if (decision.allowed) return 'allowed';
  return decision.denial === 'explicit' ? 'a policy denies it' : `no ${decision.missing} allows it`;
}

function questionLines({ principalArn, action, resource }: Decision, palette: Palette): string[] {
  return [
    `${palette.faint('who ')} ${principalArn}`,
    `${palette.faint('what')} ${action}`,
    `${palette.faint('on  ')} ${resource}`,
  ];
}

function mark(holds: boolean, palette: Palette): string {
  return holds ? palette.allowed('✔') : palette.denied('✘');
}

/** By which statements, or which came nearest, what else was consulted, and on what facts. */
function decisionLines(decision: Decision, palette: Palette): string[] {
  if (decision.allowed) {
    return decision.decidedBy.length === 0
      ? [palette.faint('needs no permission')]
      : decision.decidedBy.map((by) => palette.faint(`by ${describeStatement(by)}`));
  }
  const facts = relevantContext(decision).map((fact) => palette.faint(fact));
  const withFacts = (lines: readonly string[]) => [
    ...questionLines(decision, palette),
    ...(facts.length === 0 ? [] : [palette.faint('with'), ...indent(5, facts)]),
    ...lines,
  ];
  if (decision.denial === 'explicit') {
    return withFacts(decision.decidedBy.map((by) => `denied by ${describeStatement(by)}`));
  }
  const { nearest, missing } = decision;
  const consulted = decision.consulted.filter(({ kind }) => kind === missing).map(({ policy }) => policy);
  return withFacts([
    palette.faint(
      consulted.length === 0 ? `there is no ${missing}` : `consulted: ${[...new Set(consulted)].join('; ')}`,
    ),
    ...(nearest === undefined
      ? []
      : [
          `nearest: ${describeStatement(nearest)}`,
          ...nearest.mismatches.map((mismatch) => `  ${palette.denied('✘')} ${describeMismatch(mismatch)}`),
        ]),
  ]);
}

/** The condition keys that the consulted policies ask for, and what the request has. */
function relevantContext({ consulted, context }: Decision): string[] {
  const byName = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), { key, value }]));
  const asked = new Map<string, string>();
  for (const { statements } of consulted) {
    for (const { source } of statements) {
      if (!isObject(source?.Condition)) continue;
      for (const keys of Object.values(source.Condition)) {
        if (isObject(keys)) for (const key of Object.keys(keys)) asked.set(key.toLowerCase(), key);
      }
    }
  }
  return [...asked].map(([name, asSpelt]) => {
    const fact = byName.get(name);
    return `${fact?.key ?? asSpelt} = ${fact === undefined ? '(absent)' : [fact.value].flat().join(', ')}`;
  });
}

function changeLines(
  changes: readonly PolicyFragment[],
  decision: Decision,
  { palette, placeOf }: RenderOptions,
  suffices = true,
): string[] {
  const several = changes.length > 1;
  const lines = changes.flatMap((change, index) => {
    const place = placeOf?.(change, decision);
    const number = several ? `${index + 1}. ` : '';
    const doing = change.change === 'add' ? `add to ${change.where}` : `replace ${describe(change)}`;
    return [
      `${number}${doing}${place === undefined ? '' : ` ${palette.faint(`(${place})`)}`}`,
      ...(isAwsManaged(change)
        ? [palette.faint("(AWS's own policy cannot be changed: put one of your own in its place)")]
        : []),
      ...indent(2, JSON.stringify(change.statement, null, 2).split('\n').map(palette.allowed)),
      ...(change.instead === undefined ? [] : [`${palette.faint('or')} ${change.instead}`]),
    ];
  });
  const title =
    changes.length === 0
      ? 'No change of a policy is known that would allow it.'
      : `${several ? 'The smallest changes that allow it, all of them:' : 'The smallest change that allows it:'}`;
  return [
    palette.strong(title),
    ...indent(2, lines),
    ...(suffices || changes.length === 0
      ? []
      : ['Even then it is denied: another policy stands in the way.']),
  ];
}

function isAwsManaged({ where, replaces }: PolicyFragment): boolean {
  return /arn:aws[a-z-]*:iam::aws:policy\//.test(replaces?.policy ?? where);
}

function describe({ replaces, where }: PolicyFragment): string {
  return replaces === undefined ? where : describeStatement(replaces);
}

function further(palette: Palette): string[] {
  return [`  ${palette.faint('Should another reason be behind this one, the next refusal tells it.')}`];
}

function indent(columns: number, lines: readonly string[]): string[] {
  const space = ' '.repeat(columns);
  return lines.map((line) => (line === '' ? '' : `${space}${line}`));
}
