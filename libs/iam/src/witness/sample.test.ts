import fc from 'fast-check';
import { wildcardMatcher } from '../language/pattern.ts';
import { freeParts, samplesOf, textForm, type WorkBudget } from './sample.ts';

const enough: WorkBudget = { spend: () => true };
const roles = textForm('arn:aws:iam::', freeParts.account, ':role/', freeParts.name);
const find = (pattern: string, wildcards = true) => samplesOf(pattern, wildcards, roles, enough);

test('Samples match the pattern and have the wanted form.', () => {
  const letters = fc.constantFrom('a', 'b', '*', '?', 'role/', ':', '111111111111', 'arn:aws:iam::');
  let found = 0;
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 8 }), (parts) => {
      const pattern = parts.join('');
      const matches = wildcardMatcher(pattern);
      for (const text of find(pattern)) {
        found += 1;
        expect(matches(text)).toBe(true);
        expect(text).toMatch(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/);
      }
    }),
    { numRuns: 2000 },
  );
  expect(found).toBeGreaterThan(100);
});

test('A sample is found for each text of a form that a pattern of it matches.', () => {
  const texts = fc
    .tuple(fc.stringMatching(/^\d{12}$/), fc.stringMatching(/^[a-z/]{1,8}$/))
    .map(([account, name]) => `arn:aws:iam::${account}:role/${name}`);
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), fc.boolean(), (text, at, length, one) => {
      const start = at % text.length;
      const end = start + (length % (text.length - start));
      const wild = one ? '?'.repeat(end - start) : '*';
      expect(find(text.slice(0, start) + wild + text.slice(end))).not.toEqual([]);
    }),
  );
});

test.each([
  ['names one account', 'arn:aws:iam::222222222222:role/*', 4, ['222222222222']],
  ['names any account', 'arn:aws:iam::*:role/caller', 4, ['000000000000', '777777777777']],
  [
    'leaves digits of an account',
    'arn:aws:iam::22222222222?:role/caller',
    4,
    ['222222222220', '222222222227'],
  ],
  ['names one role', '*:222222222222:role/caller', 5, ['role/caller']],
  [
    'leaves the end of a name',
    'arn:aws:iam::222222222222:role/caller*',
    5,
    ['role/caller', 'role/callerx', 'role/callerq'],
  ],
  [
    'leaves the begin of a name, and of what is before it',
    'arn:aws:iam::222222222222:role*caller',
    5,
    ['role/caller', 'role/xcaller', 'role/qcaller'],
  ],
])('A pattern that %s has that in all of its samples.', (_what, pattern, part, values) => {
  expect([...new Set(find(pattern).map((text) => text.split(':')[part]))]).toEqual(values);
});

test('A pattern and a text form without a common text have no sample, and an exact text has itself.', () => {
  expect(find('arn:aws:sts::*:assumed-role/*')).toEqual([]);
  expect(find('arn:aws:iam::*:role/x', false)).toEqual([]);
  expect(find('arn:aws:iam::222222222222:role/x', false)).toEqual(['arn:aws:iam::222222222222:role/x']);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
  expect(find('arn:aws:iam::${aws:PrincipalAccount}:role/x')).toContain('arn:aws:iam::000000000000:role/x');
});

test('The steps of a sample are counted, and it ends when they are used up.', () => {
  let [spent, left] = [0, 100];
  const budget: WorkBudget = {
    spend(steps) {
      spent += steps;
      left -= steps;
      return left >= 0;
    },
  };
  expect(samplesOf('*'.repeat(50), true, roles, budget)).toEqual([]);
  expect(spent).toBe(51 * (roles.slots.length + 1));
});
