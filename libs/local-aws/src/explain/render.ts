import {
  type Chain,
  type Decision,
  describeMismatch,
  describeStatement,
  type Link,
  type QuestionAnswer,
  type Remedy,
  type RemedyTextOptions,
  remedyText,
  roleIsMissing,
  verdictOf,
  whyNoRemedy,
} from '@cross-account-api/iam';
import { isObject } from '../core/is-object.ts';
import type { Palette, TerminalOptions } from '../trace/terminal.ts';
import { SOFTENED } from '../trace/tree.ts';
import type { Explanation } from './refusal.ts';
import { renderComparison } from './signature-comparison.ts';

/** How explanations are printed. */
export interface RenderOptions extends TerminalOptions, RemedyTextOptions {}

/** Renders the explanation of one request. */
export function renderExplanation(explanation: Explanation, options: RenderOptions): string[] {
  const { palette } = options;
  const { event, reason, advice, decision, remedies, signature, refused, succeeded } = explanation;
  const answered = event.status < 400 && event.softened !== true;
  const status = [event.status, event.errorCode, event.softened && SOFTENED].filter(Boolean).join(' ');
  const facts = [
    `request ${event.requestId}`,
    event.parentRequestId && `made during ${event.parentRequestId}`,
    event.accountId && `account ${event.accountId}`,
    event.region,
  ];
  const decisions = refused ? [decision] : event.decisions;
  return lines(
    `${mark(answered, palette)} ${palette.strong(`${event.service} ${event.operation}`)}  ${(answered ? palette.allowed : palette.denied)(status)}`,
    `  ${palette.faint(`${event.time}  ${facts.filter(Boolean).join(', ')}`)}`,
    `  ${palette.faint('by')} ${event.principal ?? 'an unknown principal: the request was not authenticated'}`,
    '',
    `  ${palette.strong(decision === undefined ? reason : verdictOf(decision))}`,
    decisions.map((each) => each && indent(4, decisionLines(each, palette))),
    advice && `  ${palette.allowed('→')} ${advice}`,
    signature && ['', indent(2, renderComparison(signature, options))],
    decision && !succeeded && ['', indent(2, remedyLines(remedies, decision, options))],
    succeeded && [
      '',
      `${mark(true, palette)} ${palette.strong('The same has succeeded since:')} ${succeeded.service} ${succeeded.operation}  ${succeeded.status}`,
      `  ${palette.faint(`${succeeded.time}  request ${succeeded.requestId}`)}`,
    ],
  );
}

/** Renders the answer to a question. */
export function renderAnswer(answer: QuestionAnswer, options: RenderOptions): string[] {
  const { palette } = options;
  const { decision, remedies, notes } = answer;
  const { allowed } = decision;
  return lines(
    `${mark(allowed, palette)} ${palette.strong(allowed ? 'Allowed.' : `Denied: ${verdictOf(decision)}`)}`,
    allowed && indent(4, questionLines(decision, palette)),
    indent(4, decisionLines(decision, palette)),
    !allowed && ['', indent(2, remedyLines(remedies, decision, options))],
    notes.map((note) => `  ${palette.faint(`note: ${note}`)}`),
  );
}

/** Renders a chain: one line for each link that holds; for a broken link, why, and what would repair it. */
export function renderChainReport({ links, holds }: Chain, title: string, options: RenderOptions): string[] {
  const { strong, allowed, denied } = options.palette;
  const broken = links.filter((link) => !link.holds).length;
  const verdict = holds
    ? allowed(`the chain holds (${links.length} links)`)
    : denied(`the chain is broken at ${broken} of ${links.length} links`);
  return lines(
    `${strong(title)}: ${verdict}`,
    '',
    links.map((link) => linkLines(link, options)),
  );
}

function linkLines({ holds, title, decision, problem, note, remedies }: Link, options: RenderOptions): Lines {
  const { palette } = options;
  const denied = decision?.allowed === false && decision;
  return [
    `${mark(holds, palette)} ${palette.strong(title)}`,
    indent(4, [
      note && palette.faint(note),
      problem,
      denied && verdictOf(denied),
      decision && decisionLines(decision, palette),
      denied && remedyLines(remedies, denied, options),
    ]),
    !holds && '',
  ];
}

function questionLines({ principalArn, action, resource }: Decision, { faint }: Palette): string[] {
  return [`${faint('who ')} ${principalArn}`, `${faint('what')} ${action}`, `${faint('on  ')} ${resource}`];
}

function mark(holds: boolean, palette: Palette): string {
  return holds ? palette.allowed('✔') : palette.denied('✘');
}

/** The statements that decided or came nearest; for a denial also the question, its facts and the consulted policies. */
function decisionLines(decision: Decision, palette: Palette): Lines {
  const { faint } = palette;
  if (decision.allowed) {
    return decision.decidedBy.length === 0
      ? faint('needs no permission')
      : decision.decidedBy.map((by) => faint(`by ${describeStatement(by)}`));
  }
  const question = questionLines(decision, palette);
  if (roleIsMissing(decision)) return question;
  const facts = relevantContext(decision).map((fact) => faint(fact));
  const asked = [question, facts.length > 0 && [faint('with'), indent(5, facts)]];
  if (decision.denial === 'explicit') {
    return [asked, decision.decidedBy.map((by) => `denied by ${describeStatement(by)}`)];
  }
  const { nearest, missing } = decision;
  const consulted = decision.consulted.filter(({ kind }) => kind === missing).map(({ policy }) => policy);
  return [
    asked,
    faint(
      consulted.length === 0 ? `there is no ${missing}` : `consulted: ${[...new Set(consulted)].join('; ')}`,
    ),
    nearest && [
      `nearest: ${describeStatement(nearest)}`,
      nearest.mismatches.map((mismatch) => `  ${palette.denied('✘')} ${describeMismatch(mismatch)}`),
    ],
  ];
}

/** The condition keys that the consulted policies ask for, with their values in the request. */
function relevantContext({ consulted, context }: Decision): string[] {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), { key, value }]));
  const conditions = consulted.flatMap(({ statements }) => statements.map(({ source }) => source.Condition));
  const keys = conditions.filter(isObject).flatMap(Object.values).filter(isObject).flatMap(Object.keys);
  const asked = new Map(keys.map((key) => [key.toLowerCase(), key]));
  return [...asked].map(([name, asSpelt]) => {
    const { key, value } = known.get(name) ?? { key: asSpelt, value: '(absent)' };
    return `${key} = ${[value].flat().join(', ')}`;
  });
}

function remedyLines(remedies: readonly Remedy[], decision: Decision, options: RenderOptions): Lines {
  const { strong } = options.palette;
  if (remedies.length === 0) return [strong('No change is proposed.'), indent(2, whyNoRemedy(decision))];
  if (remedies.length === 1) {
    return [
      strong('The smallest change that allows it:'),
      remedies.map((each) => remedyOf(each, '', options)),
    ];
  }
  return [
    strong('The smallest changes that allow it, all of them:'),
    remedies.map((each, index) => remedyOf(each, `${index + 1}. `, options)),
  ];
}

function remedyOf(remedy: Remedy, number: string, options: RenderOptions): Lines {
  const { allowed, faint } = options.palette;
  const { instruction, file, text } = remedyText(remedy, options);
  if (remedy.change === 'request') return indent(2, `${number}${instruction} ${allowed(text)}`);
  return indent(2, [
    `${number}${instruction}`,
    file && `  ${faint(`(the role is defined in ${file})`)}`,
    indent(2, text.split('\n').map(allowed)),
  ]);
}

/** Lines of text, in any nesting. `false` and `undefined` are left out. */
type Lines = string | false | undefined | readonly Lines[];

function lines(...nested: readonly Lines[]): string[] {
  return nested.flatMap((part) => {
    if (typeof part === 'string') return [part];
    return part === undefined || part === false ? [] : lines(...part);
  });
}

function indent(columns: number, text: Lines): string[] {
  return lines(text).map((line) => (line === '' ? '' : ' '.repeat(columns) + line));
}
