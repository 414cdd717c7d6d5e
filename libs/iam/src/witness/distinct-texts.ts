import { parseArnPattern } from '../language/arn-pattern.ts';
import type { Condition } from '../language/conditions.ts';
import { ANY, ONE, parsePattern } from '../language/pattern.ts';
import { takesWildcards } from './conditions-by-key.ts';
import { type CharacterSlot, noteCut, type TextForm, type WorkBudget } from './sample.ts';

/** The part of a condition that says what it compares texts with. */
export type Comparing = Pick<Condition, 'operator' | 'values' | 'variables'>;

/** What a condition compares texts with: it holds for a text that one of its patterns matches, or for all others. */
interface Comparison {
  /** Of each pattern its characters, and {@link ANY}, {@link ONE}, {@link ANY_IN_PART} or {@link ONE_IN_PART}. */
  readonly patterns: readonly (readonly number[])[];
  readonly ignoresCase: boolean;
}

/** Any run of characters without a colon: `*` in a part of an ARN. */
const ANY_IN_PART = -5;
/** One character that is no colon: `?` in a part of an ARN. */
const ONE_IN_PART = -6;
const COLON = ':'.charCodeAt(0);

/** What conditions compare texts with. A policy variable is any text. */
function comparisonsOf(conditions: readonly Comparing[]): readonly Comparison[] {
  const all = conditions.map((condition) => ({
    patterns: condition.values.flatMap((value) => {
      const codes = codesFor(value, condition);
      return codes === undefined ? [] : [codes];
    }),
    ignoresCase: /ignorecase/i.test(condition.operator),
  }));
  return [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
}

function codesFor(value: string, condition: Comparing): readonly number[] | undefined {
  const { operator, variables } = condition;
  if (/arn/i.test(operator)) return codesOfArn(value, variables);
  const syntax = { wildcards: takesWildcards(condition), variables };
  return codesOf(parsePattern(value, syntax).parts);
}

/** The codes of a pattern of ARNs, each part of which is compared alone. Returns `undefined` if it matches no ARN. */
function codesOfArn(value: string, variables: boolean): readonly number[] | undefined {
  const { parts } = parseArnPattern(value, { wildcards: true, variables });
  if (parts === 'none') return undefined;
  if (parts === 'any') return [ANY];
  return parts.flatMap((part, index) => {
    const codes = codesOf(part.parts);
    if (index === parts.length - 1) return codes;
    return [...codes.map((code) => (code === ANY ? ANY_IN_PART : code === ONE ? ONE_IN_PART : code)), COLON];
  });
}

function codesOf(parts: ReturnType<typeof parsePattern>['parts']): readonly number[] {
  return parts.flatMap((part) => ('key' in part ? [ANY] : part));
}

/** The positions in a pattern or text form that a text can have reached. */
type Positions = readonly number[];

/** How far a text is in the patterns of a comparison, by their indexes. `true`: one matches, whatever follows. */
type Progress = ReadonlyMap<number, Positions> | true;

interface State {
  readonly textForm: Positions;
  readonly progress: readonly Progress[];
  readonly before?: { readonly state: State; readonly code: number };
}

/** One walk does not take more steps. */
const MOST_STEPS = 2_000_000;
/** The steps for one position of a state: so many as take the time of one step of a sample. */
const STEPS_OF_A_POSITION = 10;

/**
 * Finds texts of a text form that conditions tell apart: for each set of conditions that hold for some text while the others do not, the
 * shortest such text. So none of the combinations is missed: not a text that two conditions take, nor one that a condition takes and
 * another does not. It walks through all patterns at once, one character after another. Its work is counted by the budget.
 * @returns less than all, if the walk takes too many steps; the budget then {@link isCut | is cut}
 */
export function distinctTexts(
  conditions: readonly Comparing[],
  wanted: TextForm,
  budget: WorkBudget,
): readonly string[] {
  const known = memos.get(conditions) ?? { comparisons: comparisonsOf(conditions), texts: new Map() };
  memos.set(conditions, known);
  const texts = known.texts.get(wanted.key) ?? walk(known.comparisons, wanted, budget);
  known.texts.set(wanted.key, texts);
  return texts;
}

/** What was found for the same conditions: they are asked about for each kind of stranger. */
const memos = new WeakMap<
  readonly Comparing[],
  { readonly comparisons: readonly Comparison[]; readonly texts: Map<string, readonly string[]> }
>();

function walk(
  comparisons: readonly Comparison[],
  { slots }: TextForm,
  budget: WorkBudget,
): readonly string[] {
  const isRepeated = (at: number) => slots[at]?.isRepeated === true;
  const start: State = {
    textForm: closureOf([0], isRepeated),
    progress: comparisons.map(({ patterns }) =>
      progressOf(patterns, new Map(patterns.map((_, index) => [index, [0]]))),
    ),
  };
  const seen = new Set([nameOf(start)]);
  const texts = new Map<string, string>();
  let left = MOST_STEPS;
  for (let states = [start]; states.length > 0; ) {
    const reached: State[] = [];
    for (const state of states) {
      if (state.textForm.includes(slots.length)) {
        const set = state.progress.map((each, index) => matches(each, comparisons[index])).join();
        if (!texts.has(set)) texts.set(set, textOf(state));
      }
      const positions = state.progress.reduce((sum, each) => sum + (each === true ? 0 : each.size), 0);
      for (const code of choicesAt(state, slots, comparisons)) {
        const steps = STEPS_OF_A_POSITION * (state.textForm.length + positions + 1);
        left -= steps;
        if (left < 0 || !budget.spend(steps)) {
          noteCut(budget);
          return [...texts.values()];
        }
        const textForm = closureOf(
          state.textForm.flatMap((at) => {
            const slot = slots[at];
            if (slot === undefined || !slot.allows(code)) return [];
            return [slot.isRepeated ? at : at + 1];
          }),
          isRepeated,
        );
        if (textForm.length === 0) continue;
        const progress = state.progress.map((each, index) => after(each, code, comparisons[index]));
        const next: State = { textForm, progress, before: { state, code } };
        const name = nameOf(next);
        if (seen.has(name)) continue;
        seen.add(name);
        reached.push(next);
      }
    }
    states = reached;
  }
  return [...texts.values()];
}

function matches(progress: Progress, comparison: Comparison | undefined): boolean {
  if (progress === true) return true;
  return [...progress].some(([index, positions]) =>
    positions.includes(comparison?.patterns[index]?.length ?? -1),
  );
}

/** The characters that lead to different states: another one of each slot than those that a pattern names, and these. */
function choicesAt(
  { textForm, progress }: State,
  slots: readonly CharacterSlot[],
  comparisons: readonly Comparison[],
): ReadonlySet<number> {
  const choices = new Set<number>();
  const given = textForm.flatMap((at) => slots[at] ?? []);
  // Most of a text form is fixed, whatever the patterns name.
  if (given.every(({ isFree }) => !isFree)) {
    for (const { some } of given) for (const code of some) choices.add(code);
    return choices;
  }
  const named = new Set<number>([COLON]);
  progress.forEach((each, index) => {
    const comparison = comparisons[index];
    if (each === true || comparison === undefined) return;
    for (const [pattern, positions] of each) {
      for (const at of positions) {
        const code = comparison.patterns[pattern]?.[at];
        if (code === undefined || code < 0) continue;
        for (const same of comparison.ignoresCase ? bothCases(code) : [code]) named.add(same);
      }
    }
  });
  for (const slot of given) {
    // First another one: of texts of one length, one that no pattern names is found.
    const other = slot.some.find((code) => !named.has(code));
    if (other !== undefined) choices.add(other);
    for (const code of named) if (slot.allows(code)) choices.add(code);
  }
  return choices;
}

function after(progress: Progress, code: number, comparison: Comparison | undefined): Progress {
  if (progress === true || comparison === undefined) return progress;
  const { patterns, ignoresCase } = comparison;
  const next = new Map<number, Positions>();
  for (const [index, positions] of progress) {
    const pattern = patterns[index] ?? [];
    const moved = positions.flatMap((at) => {
      const own = pattern[at];
      if (own === undefined) return [];
      if (own === ANY || (own === ANY_IN_PART && code !== COLON)) return [at];
      if (own === ONE || (own === ONE_IN_PART && code !== COLON)) return [at + 1];
      return own === code || (ignoresCase && own >= 0 && bothCases(own).includes(code)) ? [at + 1] : [];
    });
    if (moved.length > 0) next.set(index, moved);
  }
  return progressOf(patterns, next);
}

/** The progress with the positions after a `*`, which can be empty, and without those from which no other text matches. */
function progressOf(patterns: Comparison['patterns'], reached: ReadonlyMap<number, Positions>): Progress {
  const progress = new Map<number, Positions>();
  for (const [index, positions] of reached) {
    const pattern = patterns[index] ?? [];
    const opened = closureOf(positions, (at) => isAny(pattern[at]));
    const star = opened.findLast((at) => isAny(pattern[at]));
    if (star === undefined) {
      progress.set(index, opened);
      continue;
    }
    // Whatever matches from before a `*` also matches from it.
    const floor = pattern[star] === ANY ? star : pattern.lastIndexOf(COLON, star) + 1;
    const kept = opened.filter((at) => at >= star || at < floor);
    if (pattern.at(-1) === ANY && kept.includes(pattern.length - 1)) return true;
    progress.set(index, kept);
  }
  return progress;
}

const isAny = (code: number | undefined) => code === ANY || code === ANY_IN_PART;

/** The positions, and those after what can be left out. Both are in order. */
function closureOf(positions: Positions, canBeLeftOut: (at: number) => boolean): Positions {
  const all: number[] = [];
  let last = -1;
  for (const first of positions) {
    for (let at = first; ; at++) {
      if (at > last) all.push(at);
      last = Math.max(last, at);
      if (!canBeLeftOut(at)) break;
    }
  }
  return all;
}

function bothCases(code: number): readonly number[] {
  const text = String.fromCharCode(code);
  return [text.toLowerCase(), text.toUpperCase()].map((each) => each.charCodeAt(0));
}

function nameOf({ textForm, progress }: State): string {
  const names = progress.map((each) =>
    each === true ? 'all' : [...each].map(([index, positions]) => `${index}:${positions}`).join(';'),
  );
  return `${textForm}|${names.join('|')}`;
}

function textOf(state: State): string {
  const codes: number[] = [];
  for (let { before } = state; before !== undefined; before = before.state.before) codes.push(before.code);
  return String.fromCharCode(...codes.reverse());
}
