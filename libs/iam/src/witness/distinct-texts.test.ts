import fc from 'fast-check';
import { type Condition, compileCondition } from '../language/conditions.ts';
import { requestContext } from '../language/request-context.ts';
import { distinctTexts } from './distinct-texts.ts';
import { freeParts, isCut, textForm, workBudget } from './sample.ts';

const roles = textForm('arn:aws:iam::', freeParts.account, ':role/', freeParts.name);
const condition = (operator: string, ...values: readonly string[]): Condition => {
  const compiled = compileCondition(operator, 'key', values, true);
  if (compiled === undefined) throw new Error(operator);
  return compiled;
};
/** The conditions that hold for a text. */
const setOf = (conditions: readonly Condition[], text: string) =>
  conditions.map((each) => each.holds(requestContext({ key: text }))).join();

test('For each text of a text form, there is one for which the same conditions hold.', () => {
  const texts = fc
    .tuple(fc.stringMatching(/^[01]{12}$/), fc.stringMatching(/^[abAB/]{1,6}$/))
    .map(([account, name]) => `arn:aws:iam::${account}:role/${name}`);
  const pattern = fc
    .tuple(texts, fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 3 }))
    .map(([text, cuts]) =>
      cuts.reduce((rest, [at, length, one]) => {
        const start = at % (rest.length + 1);
        const end = Math.min(rest.length, start + (length % 12));
        return rest.slice(0, start) + (one ? '?'.repeat(end - start) : '*') + rest.slice(end);
      }, text),
    );
  const operators = [
    'StringLike',
    'StringNotLike',
    'StringEquals',
    'StringEqualsIgnoreCase',
    'ArnLike',
    'ArnNotLike',
  ];
  const conditions = fc.array(
    fc
      .tuple(fc.constantFrom(...operators), fc.array(pattern, { minLength: 1, maxLength: 3 }))
      .map(([operator, values]) => condition(operator, ...values)),
    { minLength: 1, maxLength: 3 },
  );
  let [told, apart] = [0, 0];
  fc.assert(
    fc.property(conditions, fc.array(texts, { minLength: 20, maxLength: 20 }), (all, asked) => {
      const budget = workBudget();
      const found = distinctTexts(all, roles, budget);
      expect(isCut(budget)).toBe(false);
      for (const text of found) expect(text).toMatch(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/);
      const sets = new Set(found.map((text) => setOf(all, text)));
      told += 1;
      if (sets.size > 1) apart += 1;
      for (const text of asked) expect([...sets]).toContain(setOf(all, text));
    }),
    { numRuns: 300 },
  );
  // Most conditions tell texts apart.
  expect(apart / told).toBeGreaterThan(0.5);
});

test.each([
  ['a beginning and an end', ['StringLike', '*:role/prod-*'], ['ArnLike', 'arn:aws:iam::*:role/*-caller']],
  ['an overlap', ['StringLike', '*:role/aba*'], ['StringLike', '*:role/*bab']],
  ['what a pattern leaves', ['StringLike', '*:role/a*'], ['StringNotLike', '*:role/a']],
  ['two stars that stand for nothing', ['StringLike', '*:role/a**b'], ['StringLike', '*:role/??']],
] as const)('A text is found for two conditions, with %s.', (_what, [one, first], [other, second]) => {
  const conditions = [condition(one, first), condition(other, second)];
  const sets = distinctTexts(conditions, roles, workBudget()).map((text) => setOf(conditions, text));
  expect(sets).toContain('true,true');
});

test('A wildcard in a part of an ARN matches no colon.', () => {
  const conditions = [condition('ArnLike', 'arn:aws:*:b:c:d'), condition('StringLike', '*:x:y:*')];
  const sets = distinctTexts(conditions, textForm(freeParts.any), workBudget()).map((text) =>
    setOf(conditions, text),
  );
  expect(new Set(sets)).toEqual(new Set(['false,false', 'false,true', 'true,false']));
});

test('A list of many patterns ends in few steps.', () => {
  const many = [...Array(100).keys()].map((each) => `arn:aws:iam::*:role/*-team-${each}-*`);
  let spent = 0;
  const budget = {
    spend(steps: number) {
      spent += steps;
      return true;
    },
  };
  expect(distinctTexts([condition('ArnLike', ...many)], roles, budget)).toHaveLength(2);
  expect(isCut(budget)).toBe(false);
  expect(spent).toBeLessThan(2_000_000);
});

test('What takes too many steps is cut, and the budget says so.', () => {
  const conditions = [...Array(12).keys()].map((each) => condition('StringLike', `*${each}a*b*${each}c*`));
  const budget = workBudget();
  distinctTexts(conditions, roles, budget);
  expect(isCut(budget)).toBe(true);
});
