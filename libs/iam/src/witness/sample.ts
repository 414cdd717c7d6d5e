import { ANY, type Pattern, parsePattern } from '../language/pattern.ts';

/** One place of a template: a character of a class, once or any number of times. */
export interface Place {
  allows(code: number): boolean;
  /** Characters that stand for all that no pattern names: the first of them that none names. */
  readonly some: readonly number[];
  /** The characters that stand where the pattern leaves the choice: one for each of two samples. */
  readonly fill: readonly [number, number];
  /** Whether a stranger chooses the character. */
  readonly isHole: boolean;
  readonly isRepeated: boolean;
}

/** The form of a text that a stranger can have, e.g. of the ARN of a role of any account. */
export interface Template {
  readonly places: readonly Place[];
  /** The same for templates of the same parts. */
  readonly key: string;
}

/** A part of a template: a text, or a hole. */
export type TemplatePart = string | Hole;

/** Characters of a class, as many as a stranger likes within the limits. */
export interface Hole {
  readonly characters: RegExp;
  /** The codes of the characters, as far as they are ASCII. */
  readonly allowed: ReadonlySet<number>;
  readonly fill: readonly [string, string];
  readonly least: number;
  readonly isOpen: boolean;
}

function hole(least: number, isOpen: boolean, characters: RegExp, ...fill: [string, string]): Hole {
  const codes = [...Array(128).keys()].filter((code) => characters.test(String.fromCharCode(code)));
  return { characters, allowed: new Set(codes), fill, least, isOpen };
}
/** Exactly so many characters of a class. */
const exactly = (least: number, characters: RegExp, ...fill: [string, string]) =>
  hole(least, false, characters, ...fill);
/** One character of a class, or more. */
const some = (characters: RegExp, ...fill: [string, string]) => hole(1, true, characters, ...fill);

/** The holes of templates. Two samples of a hole differ, if the pattern leaves a choice. */
export const holes = {
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
  any: some(/[\x20-\x7e]/, 'x', 'q'),
} as const;

/** Makes a template of texts and holes. */
export function template(...parts: readonly TemplatePart[]): Template {
  const key = parts
    .map((part) => (typeof part === 'string' ? part : `<${part.characters}${part.least}>`))
    .join('');
  return { key, places: parts.flatMap(placesOf) };
}

/** Characters that names seldom have: so a name that is made of them is nobody's. */
const uncommon = ['=', '~'];

function placesOf(part: TemplatePart): readonly Place[] {
  if (typeof part === 'string') {
    return [...Array(part.length).keys()].map((index) => {
      const own = part.charCodeAt(index);
      return {
        allows: (code) => code === own,
        some: [own],
        fill: [own, own],
        isHole: false,
        isRepeated: false,
      };
    });
  }
  const { allowed, fill, least, isOpen } = part;
  const one: Place = {
    // Beyond ASCII, only the free text of a request goes.
    allows: (code) => allowed.has(code) || (code > 127 && part === holes.any),
    some: [...new Set([...[...uncommon, ...fill].map((each) => each.charCodeAt(0)), ...allowed])].filter(
      (code) => allowed.has(code),
    ),
    fill: [fill[0].charCodeAt(0), fill[1].charCodeAt(0)],
    isHole: true,
    isRepeated: false,
  };
  return [...Array<Place>(least).fill(one), ...(isOpen ? [{ ...one, isRepeated: true }] : [])];
}

/** Work on patterns, counted. */
export interface Meter {
  /** Takes steps. Returns whether there were enough of them left. */
  spend(steps: number): boolean;
}

/** The steps for one statement: a few tenths of a second. */
const MOST_STEPS = 10_000_000;
/** Makes a meter that ends. */
export function meterOf(steps: number = MOST_STEPS): Meter {
  let left = steps;
  return {
    spend(taken) {
      left -= taken;
      return left >= 0;
    },
  };
}

/** The meters of searches that did not try all texts. */
const cutSearches = new WeakSet<Meter>();

/** Notes that not all texts were tried. */
export function cut(meter: Meter): void {
  cutSearches.add(meter);
}

/** Whether something was not tried: there were not enough steps, or there was too much of it. */
export function isCut(meter: Meter): boolean {
  return cutSearches.has(meter) || !meter.spend(0);
}

/** Whether a pattern begins with other characters than a template does: it is seen in few steps. */
function beginsOtherwise(codes: readonly number[], wanted: readonly Place[], meter: Meter): boolean {
  const first = codes.findIndex(
    (code, at) => code < 0 || wanted[at]?.allows(code) !== true || wanted[at].isHole,
  );
  meter.spend(first === -1 ? codes.length : first);
  const [code = ANY, place] = [codes[first], wanted[first]];
  return code >= 0 && place?.isHole === false && !place.allows(code);
}

/** One character where the template leaves the choice. */
const CHOICE = -3;

/** More wildcards of a pattern are not tried longer than they must be. */
const MOST_WILDCARDS = 8;

/**
 * Finds texts that both a pattern of a policy and a template match: the shortest, and others that differ wherever the pattern leaves a
 * choice. So a part that is the same in all of them is one that the pattern names. A policy variable matches any text.
 * Each text takes at most pattern × template steps.
 * @param wildcards whether `*` and `?` of the pattern are wildcards
 * @returns none if there is no such text, or if the meter has not enough steps left
 */
export function samplesOf(
  source: string,
  wildcards: boolean,
  wanted: Template,
  meter: Meter,
): readonly string[] {
  const known = memos.get(meter) ?? new Map<string, readonly string[]>();
  memos.set(meter, known);
  const key = JSON.stringify([source, wildcards, wanted.key]);
  const samples = known.get(key) ?? newSamples(source, wildcards, wanted.places, meter);
  known.set(key, samples);
  return samples;
}

/** The samples that were found for a meter: the same ones are asked for about each kind of stranger. */
const memos = new WeakMap<Meter, Map<string, readonly string[]>>();

function newSamples(
  source: string,
  wildcards: boolean,
  wanted: readonly Place[],
  meter: Meter,
): readonly string[] {
  const codes = codesOf(parsePattern(source, { wildcards, variables: true }));
  if (beginsOtherwise(codes, wanted, meter)) return [];
  const shortest = intersect(codes, wanted, meter);
  if (shortest.length === 0) return [];
  const stars = codes.flatMap((code, index) => (code === ANY ? [index] : [])).slice(0, MOST_WILDCARDS);
  // A wildcard can begin in one hole and end in another: each of them is left a choice.
  const longer = [...stars.map((star) => [star]), ...(stars.length > 1 ? [stars] : [])].flatMap((expanded) =>
    [
      [CHOICE, ANY],
      [ANY, CHOICE],
    ].map((choice) => codes.flatMap((code, index) => (expanded.includes(index) ? choice : [code]))),
  );
  const texts = longer.flatMap((expanded) => intersect(expanded, wanted, meter));
  return [...new Set([...shortest, ...texts])];
}

/** The shortest text of a pattern and a template, once with each of the two fillings. */
function intersect(codes: readonly number[], wanted: readonly Place[], meter: Meter): readonly string[] {
  const width = wanted.length + 1;
  const size = (codes.length + 1) * width;
  if (!meter.spend(size)) return [];
  /** The state before each one: how far the pattern and the template are. */
  const from = new Int32Array(size).fill(-1);
  const last = size - 1;
  from[0] = 0;
  for (let states = [0]; states.length > 0 && from[last] === -1; ) {
    const reached: number[] = [];
    // Moves without a character lengthen the list of this round, so the text that is found is the shortest.
    for (let index = 0; index < states.length; index++) {
      const state = states[index] ?? 0;
      const [code, place] = [codes[Math.floor(state / width)], wanted[state % width]];
      const visit = (next: number, into: number[]) => {
        if (from[next] !== -1) return;
        from[next] = state;
        into.push(next);
      };
      if (code === ANY) visit(state + width, states);
      if (place?.isRepeated) visit(state + 1, states);
      if (code === undefined || place === undefined) continue;
      if (code === CHOICE ? !place.isHole : code >= 0 && !place.allows(code)) continue;
      visit(state + (code === ANY ? 0 : width) + (place.isRepeated ? 0 : 1), reached);
    }
    states = reached;
  }
  if (from[last] === -1) return [];
  const texts: [number[], number[]] = [[], []];
  for (let state = last; state !== 0; ) {
    const before = from[state] ?? 0;
    const [code = ANY, place] = [codes[Math.floor(before / width)], wanted[before % width]];
    const tookNothing =
      (code === ANY && state === before + width) || (place?.isRepeated === true && state === before + 1);
    if (!tookNothing && place !== undefined) {
      const isChoice = code < 0;
      texts[0].push(isChoice ? place.fill[0] : code);
      texts[1].push(isChoice ? place.fill[1] : code);
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
