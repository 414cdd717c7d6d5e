import { ANY, type Pattern, parsePattern } from '../language/pattern.ts';

/** One slot of a text form: a character of a class, once or any number of times. */
export interface CharacterSlot {
  allows(code: number): boolean;
  /** Characters that stand for all that no pattern names: the first of them that none names. */
  readonly some: readonly number[];
  /** The characters that stand where the pattern leaves the choice: one for each of two samples. */
  readonly fill: readonly [number, number];
  /** Whether a stranger chooses the character. */
  readonly isFree: boolean;
  readonly isRepeated: boolean;
}

/** The form of a text that a stranger can have, e.g. of the ARN of a role of any account. */
export interface TextForm {
  readonly slots: readonly CharacterSlot[];
  /** The same for text forms of the same parts. */
  readonly key: string;
}

/** A part of a text form: a text, or a free part. */
export type FormPart = string | FreePart;

/** A part that a stranger chooses: characters of a class, as many as the form takes. */
export interface FreePart {
  readonly slots: readonly CharacterSlot[];
  /** The same for parts of the same characters and length. */
  readonly key: string;
}

/** Characters that names seldom have: so a name that is made of them is nobody's. */
const uncommon = ['=', '~'];

function freePart(least: number, isOpen: boolean, characters: RegExp, ...fill: [string, string]): FreePart {
  const codes = [...Array(128).keys()].filter((code) => characters.test(String.fromCharCode(code)));
  const ascii: ReadonlySet<number> = new Set(codes);
  const preferred = [...uncommon, ...fill].map((each) => each.charCodeAt(0));
  const one: CharacterSlot = {
    allows: (code) => ascii.has(code) || (code > 127 && characters.test(String.fromCharCode(code))),
    some: [...new Set([...preferred, ...codes])].filter((code) => ascii.has(code)),
    fill: [fill[0].charCodeAt(0), fill[1].charCodeAt(0)],
    isFree: true,
    isRepeated: false,
  };
  const slots = [...Array<CharacterSlot>(least).fill(one), ...(isOpen ? [{ ...one, isRepeated: true }] : [])];
  return { slots, key: `<${characters}${least}>` };
}
/** Exactly so many characters of a class. */
const exactly = (least: number, characters: RegExp, ...fill: [string, string]) =>
  freePart(least, false, characters, ...fill);
/** One character of a class, or more. */
const some = (characters: RegExp, ...fill: [string, string]) => freePart(1, true, characters, ...fill);

/** The free parts of text forms. Two samples of a free part differ, if the pattern leaves a choice. */
export const freeParts = {
  account: exactly(12, /[0-9]/, '0', '7'),
  uniqueId: exactly(17, /[A-Z0-9]/, 'X', 'Q'),
  region: some(/[a-z0-9-]/, 'x', 'q'),
  organization: some(/[a-z0-9]/, 'x', 'q'),
  /** The name of a role or user, with its path. */
  name: some(/[\w+=,.@/-]/, 'x', 'q'),
  session: some(/[\w+=,.@-]/, 'x', 'q'),
  hex: some(/[0-9a-f]/, '0', 'a'),
  /** The name of a service, or of an owner: no colon and no slash. */
  word: some(/[\w.-]/, 'x', 'q'),
  /** The name of an organization, or of one of its projects. */
  tenant: some(/[\w.@-]/, 'x', 'q'),
  /** The last part of an ARN. */
  resource: some(/[\x21-\x7e]/, 'x', 'q'),
  /** Beyond ASCII, only this free text of a request goes. */
  any: some(/[\x20-\x7e\x80-\uffff]/, 'x', 'q'),
} as const;

/** Makes a text form of texts and free parts. */
export function textForm(...parts: readonly FormPart[]): TextForm {
  let slots: readonly CharacterSlot[] | undefined;
  return {
    key: parts.map((part) => (typeof part === 'string' ? part : part.key)).join(''),
    // What was found for a text form is found again by its key.
    get slots() {
      slots ??= parts.flatMap((part) => (typeof part === 'string' ? slotsOf(part) : part.slots));
      return slots;
    },
  };
}

function slotsOf(text: string): readonly CharacterSlot[] {
  return [...Array(text.length).keys()].map((index) => {
    const own = text.charCodeAt(index);
    return {
      allows: (code) => code === own,
      some: [own],
      fill: [own, own],
      isFree: false,
      isRepeated: false,
    };
  });
}

/** The steps that may be spent on patterns and requests. */
export interface WorkBudget {
  /** Takes steps. Returns whether there were enough of them left. */
  spend(steps: number): boolean;
}

/** The steps for one statement: a few tenths of a second. */
const MOST_STEPS = 10_000_000;
/** Makes a budget of so many steps. */
export function workBudget(steps: number = MOST_STEPS): WorkBudget {
  let left = steps;
  return {
    spend(taken) {
      left -= taken;
      return left >= 0;
    },
  };
}

/** The budgets of searches that did not try all texts. */
const cutSearches = new WeakSet<WorkBudget>();

/** Notes that not all texts were tried. */
export function noteCut(budget: WorkBudget): void {
  cutSearches.add(budget);
}

/** Whether something was not tried: there were not enough steps, or there was too much of it. */
export function isCut(budget: WorkBudget): boolean {
  return cutSearches.has(budget) || !budget.spend(0);
}

/** Whether a pattern begins with other characters than a text form does: it is seen in few steps. */
function beginsOtherwise(
  codes: readonly number[],
  wanted: readonly CharacterSlot[],
  budget: WorkBudget,
): boolean {
  const first = codes.findIndex(
    (code, at) => code < 0 || wanted[at]?.allows(code) !== true || wanted[at].isFree,
  );
  budget.spend(first === -1 ? codes.length : first);
  const [code = ANY, slot] = [codes[first], wanted[first]];
  return code >= 0 && slot?.isFree === false && !slot.allows(code);
}

/** One character where the text form leaves the choice. */
const CHOICE = -3;

/** More wildcards of a pattern are not tried longer than they must be. */
const MOST_WILDCARDS = 8;

/**
 * Finds texts that both a pattern of a policy and a text form match: the shortest, and others that differ wherever the pattern leaves a
 * choice. So a part that is the same in all of them is one that the pattern names. A policy variable matches any text.
 * Each text takes at most pattern × text form steps.
 * @param wildcards whether `*` and `?` of the pattern are wildcards
 * @returns none if there is no such text, or if the budget has not enough steps left
 */
export function samplesOf(
  source: string,
  wildcards: boolean,
  wanted: TextForm,
  budget: WorkBudget,
): readonly string[] {
  const known = memos.get(budget) ?? new Map<string, readonly string[]>();
  memos.set(budget, known);
  const key = JSON.stringify([source, wildcards, wanted.key]);
  const samples = known.get(key) ?? newSamples(source, wildcards, wanted.slots, budget);
  known.set(key, samples);
  return samples;
}

/** The samples that were found for a budget: the same ones are asked for about each kind of stranger. */
const memos = new WeakMap<WorkBudget, Map<string, readonly string[]>>();

function newSamples(
  source: string,
  wildcards: boolean,
  wanted: readonly CharacterSlot[],
  budget: WorkBudget,
): readonly string[] {
  const codes = codesOf(parsePattern(source, { wildcards, variables: true }));
  if (beginsOtherwise(codes, wanted, budget)) return [];
  const shortest = intersect(codes, wanted, budget);
  if (shortest.length === 0) return [];
  const stars = codes.flatMap((code, index) => (code === ANY ? [index] : [])).slice(0, MOST_WILDCARDS);
  // A wildcard can begin in one free part and end in another: each of them is left a choice.
  const longer = [...stars.map((star) => [star]), ...(stars.length > 1 ? [stars] : [])].flatMap((expanded) =>
    [
      [CHOICE, ANY],
      [ANY, CHOICE],
    ].map((choice) => codes.flatMap((code, index) => (expanded.includes(index) ? choice : [code]))),
  );
  const texts = longer.flatMap((expanded) => intersect(expanded, wanted, budget));
  return [...new Set([...shortest, ...texts])];
}

/** The shortest text of a pattern and a text form, once with each of the two fillings. */
function intersect(
  codes: readonly number[],
  wanted: readonly CharacterSlot[],
  budget: WorkBudget,
): readonly string[] {
  const width = wanted.length + 1;
  const size = (codes.length + 1) * width;
  if (!budget.spend(size)) return [];
  /** The state before each one: how far the pattern and the text form are. */
  const from = new Int32Array(size).fill(-1);
  const last = size - 1;
  from[0] = 0;
  for (let states = [0]; states.length > 0 && from[last] === -1; ) {
    const reached: number[] = [];
    // Moves without a character lengthen the list of this round, so the text that is found is the shortest.
    for (let index = 0; index < states.length; index++) {
      const state = states[index] ?? 0;
      const [code, slot] = [codes[Math.floor(state / width)], wanted[state % width]];
      const visit = (next: number, into: number[]) => {
        if (from[next] !== -1) return;
        from[next] = state;
        into.push(next);
      };
      if (code === ANY) visit(state + width, states);
      if (slot?.isRepeated) visit(state + 1, states);
      if (code === undefined || slot === undefined) continue;
      if (code === CHOICE ? !slot.isFree : code >= 0 && !slot.allows(code)) continue;
      visit(state + (code === ANY ? 0 : width) + (slot.isRepeated ? 0 : 1), reached);
    }
    states = reached;
  }
  if (from[last] === -1) return [];
  const texts: [number[], number[]] = [[], []];
  for (let state = last; state !== 0; ) {
    const before = from[state] ?? 0;
    const [code = ANY, slot] = [codes[Math.floor(before / width)], wanted[before % width]];
    const tookNothing =
      (code === ANY && state === before + width) || (slot?.isRepeated === true && state === before + 1);
    if (!tookNothing && slot !== undefined) {
      const isChoice = code < 0;
      texts[0].push(isChoice ? slot.fill[0] : code);
      texts[1].push(isChoice ? slot.fill[1] : code);
    }
    state = before;
  }
  return texts.map((reversed) =>
    reversed
      .reverse()
      .map((code) => String.fromCharCode(code))
      .join(''),
  );
}

function codesOf({ parts }: Pattern): readonly number[] {
  return parts.flatMap((part) => ('key' in part ? [ANY] : part));
}
