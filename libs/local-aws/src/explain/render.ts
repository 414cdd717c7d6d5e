import type { Decision } from '../authorization/decision.ts';
import { describeMismatch, describeStatement, type Remedy, roleIsMissing } from '../authorization/index.ts';
import { isObject } from '../authorization/policy-language.ts';
import type { Palette } from '../trace/terminal.ts';
import { addPermissionCommand } from './add-permission.ts';
import type { Chain, Link } from './chain.ts';
import type { QuestionAnswer } from './question.ts';
import type { Explanation } from './refusal.ts';
import { renderComparison } from './render-comparison.ts';

/** How explanations are written. */
export interface RenderOptions {
  readonly palette: Palette;
  /** Columns of the terminal. */
  readonly width: number;
  /** Which of the project's files defines a role, e.g. `services/api/serverless.yml`. */
  readonly fileOfRole?: (roleArn: string) => string | undefined;
  /** The AWS CLI as an administrator of an account. Default: `aws` */
  readonly cliOf?: (accountId: string) => string;
}

/** Renders the explanation of one request. */
export function renderExplanation(explanation: Explanation, options: RenderOptions): string[] {
  const { palette } = options;
  const { event, reason, advice, decision, remedies, signature, refused, succeeded } = explanation;
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
    ...(advice === undefined ? [] : [`  ${palette.allowed('→')} ${advice}`]),
    ...(signature === undefined ? [] : ['', ...indent(2, renderComparison(signature, options))]),
    ...(decision === undefined || succeeded !== undefined
      ? []
      : ['', ...indent(2, remedyLines(remedies, decision, options))]),
    ...(succeeded === undefined
      ? []
      : [
          '',
          `${mark(true, palette)} ${palette.strong('The same has succeeded since:')} ${succeeded.service} ${succeeded.operation}  ${succeeded.status}`,
          `  ${palette.faint(`${succeeded.time}  request ${succeeded.requestId}`)}`,
        ]),
  ];
}

/** Renders the answer to a question. */
export function renderAnswer(answer: QuestionAnswer, options: RenderOptions): string[] {
  const { palette } = options;
  const { decision, remedies, notes } = answer;
  return [
    `${mark(decision.allowed, palette)} ${palette.strong(decision.allowed ? 'Allowed.' : `Denied: ${verdictOf(decision)}`)}`,
    ...(decision.allowed ? indent(4, questionLines(decision, palette)) : []),
    ...indent(4, decisionLines(decision, palette)),
    ...(decision.allowed ? [] : ['', ...indent(2, remedyLines(remedies, decision, options))]),
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
  const { holds, title, decision, problem, note, remedies } = link;
  return [
    `${mark(holds, palette)} ${palette.strong(title)}`,
    ...(note === undefined ? [] : [`    ${palette.faint(note)}`]),
    ...(problem === undefined ? [] : [`    ${problem}`]),
    ...(decision === undefined
      ? []
      : [
          ...(decision.allowed ? [] : [`    ${verdictOf(decision)}`]),
          ...indent(4, decisionLines(decision, palette)),
          ...(decision.allowed ? [] : indent(4, remedyLines(remedies, decision, options))),
        ]),
    ...(holds ? [] : ['']),
  ];
}

/** @example 'no identity-based policy allows it' */
function verdictOf(decision: Decision): string {
  if (decision.allowed) return 'allowed';
  if (roleIsMissing(decision)) return 'there is no such role';
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
  if (roleIsMissing(decision)) return questionLines(decision, palette);
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
      if (!isObject(source.Condition)) continue;
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

function remedyLines(
  remedies: readonly Remedy[],
  decision: Decision,
  { palette, fileOfRole, cliOf = () => 'aws' }: RenderOptions,
): string[] {
  if (remedies.length === 0)
    return [palette.strong('No change is proposed.'), ...indent(2, [whyNone(decision)])];
  const several = remedies.length > 1;
  const lines = remedies.flatMap((remedy, index) => {
    const number = several ? `${index + 1}. ` : '';
    if (remedy.change === 'request') {
      return [`${number}make the request with ${remedy.key} = ${palette.allowed(remedy.value)}`];
    }
    const command = addPermissionCommand(remedy, cliOf);
    if (command !== undefined) return [`${number}run`, `  ${palette.allowed(command)}`];
    const role = /arn:aws[a-z-]*:iam::\d{12}:role\/\S+/.exec(remedy.where)?.[0];
    const file = role && fileOfRole?.(role);
    return [
      `${number}add to ${remedy.where}`,
      ...(file === undefined ? [] : [`  ${palette.faint(`(the role is defined in ${file})`)}`]),
      ...indent(2, JSON.stringify(remedy.statement, null, 2).split('\n').map(palette.allowed)),
    ];
  });
  const title = several
    ? 'The smallest changes that allow it, all of them:'
    : 'The smallest change that allows it:';
  return [palette.strong(title), ...indent(2, lines)];
}

function whyNone(decision: Decision): string {
  if (roleIsMissing(decision)) return 'The role does not exist, so no policy can be changed.';
  return !decision.allowed && decision.denial === 'explicit'
    ? 'The statement denies on purpose. Whoever wrote it decides whether it is meant for this request.'
    : 'No statement that could be added allows it without passing by a condition, trusting another principal, or changing a policy of AWS or of the organization.';
}

function indent(columns: number, lines: readonly string[]): string[] {
  const space = ' '.repeat(columns);
  return lines.map((line) => (line === '' ? '' : `${space}${line}`));
}
