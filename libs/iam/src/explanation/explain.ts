import { indent, type Lines, lines, type Palette, plainPalette } from '@cross-account-api/command-line/text';
import type { Decision, ImplicitlyDenied } from '../decision/decision.ts';
import { isObject } from '../json.ts';
import { describeMismatch, describeStatement, roleIsMissing, verdictOf } from './explanation.ts';
import type { SmallestChange } from './remedy.ts';
import { type RemedyText, type RemedyTextOptions, remedyText } from './remedy-text.ts';

/** The options of an explanation. */
export interface ExplainOptions extends RemedyTextOptions {
  /** Default: no highlighting. */
  readonly palette?: Palette;
}

/**
 * Explains a decision in text: the verdict, the request, and the statement that decided or came nearest, with each condition's
 * expected and actual value.
 * @returns lines of text
 * @example console.log(explain(decide(request, policies)).join('\n'))
 */
export function explain(decision: Decision, { palette = plainPalette }: ExplainOptions = {}): string[] {
  return [palette.strong(verdictOf(decision)), ...indent(2, evidenceOf(decision, { palette }))];
}

/** {@link explain} without the verdict. */
export function evidenceOf(decision: Decision, { palette = plainPalette }: ExplainOptions = {}): string[] {
  const { faint } = palette;
  if (decision.allowed) {
    return decision.decidedBy.length === 0
      ? [faint('needs no permission')]
      : reasonsOf(decision, { palette });
  }
  const request = requestLines(decision, palette);
  if (roleIsMissing(decision)) return request;
  const facts = relevantContext(decision).map((fact) => faint(fact));
  const asked = [request, facts.length > 0 && [faint('with'), indent(5, facts)]];
  const consulted = decision.denial === 'implicit' && consultedLine(decision);
  return lines(asked, consulted && faint(consulted), reasonsOf(decision, { palette }));
}

/**
 * The statements that decided or came nearest, one a line: all that a decision gives as its reasons, wherever it is shown.
 * @example reasonsOf(decision) // ['nearest: statement Read of policy Invoke (identity-based policy)', '  ✘ Resource: expected …']
 */
export function reasonsOf(decision: Decision, { palette = plainPalette }: ExplainOptions = {}): string[] {
  const { faint, denied } = palette;
  if (decision.allowed) return decision.decidedBy.map((by) => faint(`by ${describeStatement(by)}`));
  if (decision.denial === 'explicit')
    return decision.decidedBy.map((by) => `denied by ${describeStatement(by)}`);
  const { nearest } = decision;
  if (nearest === undefined) return [];
  return [
    `nearest: ${describeStatement(nearest)}`,
    ...nearest.mismatches.map((mismatch) => `  ${denied('✘')} ${describeMismatch(mismatch)}`),
  ];
}

function consultedLine({ consulted, missing }: ImplicitlyDenied): string {
  const silent = consulted.filter(({ kind }) => kind === missing).map(({ policy }) => policy);
  return silent.length === 0 ? `there is no ${missing}` : `consulted: ${[...new Set(silent)].join('; ')}`;
}

/** The principal, the action and the resource of a request. */
export function requestLines(
  { principalArn, action, resource }: Decision,
  { faint }: Palette = plainPalette,
): string[] {
  return [`${faint('who ')} ${principalArn}`, `${faint('what')} ${action}`, `${faint('on  ')} ${resource}`];
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

/**
 * Explains the smallest change in text: for each remedy, its place and the text to copy.
 * @returns lines of text; empty if the request is allowed
 */
export function explainChange({ remedies, reason }: SmallestChange, options: ExplainOptions = {}): string[] {
  const { palette = plainPalette } = options;
  if (reason !== undefined) return lines(palette.strong('No change is proposed.'), indent(2, reason));
  return changesOf(
    remedies.map((remedy) => remedyText(remedy, options)),
    palette,
  );
}

/** Changes that together allow a request, under a heading, numbered if there are several. */
export function changesOf(texts: readonly RemedyText[], palette: Palette = plainPalette): string[] {
  const [only, ...others] = texts;
  if (only === undefined) return [];
  if (others.length === 0)
    return [palette.strong('The smallest change that allows it:'), ...changeOf(only, palette)];
  return [
    palette.strong('The smallest changes that allow it, all of them:'),
    ...texts.flatMap((each, index) => changeOf(each, palette, `${index + 1}. `)),
  ];
}

/** CloudFormation compares templates, so it does not put back what somebody has changed past them. */
const CHANGED_PAST_FILE =
  'or, if the file says so already and somebody has changed the role, which no deployment repairs, run:';

/** One change: what to do, and the text to copy. */
export function changeOf(
  { instruction, file, text, command, isShort }: RemedyText,
  { allowed, faint }: Palette = plainPalette,
  number = '',
): string[] {
  if (isShort === true) return indent(2, `${number}${instruction} ${allowed(text)}`);
  const copied: Lines = text.split('\n').map(allowed);
  return indent(2, [
    `${number}${instruction}`,
    file && `  ${faint(`(the role is defined in ${file})`)}`,
    indent(2, copied),
    command !== undefined && `  ${faint(file ? CHANGED_PAST_FILE : 'or run:')} ${allowed(command)}`,
  ]);
}
