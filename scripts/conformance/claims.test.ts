import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/project.ts';
import { type Claim, claimProblems, claims, ownControls } from './claims.ts';
import { steps } from './plan.ts';

const page =
  '## What each control stops\n\n| an attacker | is stopped by |\n| --- | --- |\n| lies | STS |\n\n## Next\n\nAWS is\nslow.';
const reading = { readPage: () => page, steps: ['verify'], isFile: (path: string) => path === 'a.json' };
const claim: Claim = {
  claim: 'STS knows',
  evidence: { kind: 'read', source: 'https://docs.aws.amazon.com/x' },
  triedBy: 'verify',
  rows: ['lies'],
  sentences: { 'SECURITY.md': 'AWS is slow.' },
};

test('claims with evidence for each row have no problem', () => {
  expect(claimProblems([claim], [], reading)).toEqual([]);
});

test.each<[string, readonly Claim[], string]>([
  ['a row without a claim', [{ ...claim, rows: [] }], 'the row "lies" has no claim'],
  ['a claim of a row that went away', [{ ...claim, rows: ['lies', 'gone'] }], 'has no row "gone"'],
  ['a step that does not exist', [{ ...claim, triedBy: 'pray' }], 'there is no step pray'],
  [
    'a source that is not AWS’s',
    [{ ...claim, evidence: { kind: 'read', source: 'https://example.com' } }],
    'is no page of AWS',
  ],
  [
    'a recording that is missing',
    [{ ...claim, evidence: { kind: 'recorded', source: 'b.json' } }],
    'there is no recording b.json',
  ],
  [
    'a sentence that was changed',
    [{ ...claim, sentences: { 'SECURITY.md': 'AWS is fast.' } }],
    'no longer says "AWS is fast."',
  ],
])('%s is named', (_, list, problem) => {
  expect(claimProblems(list, [], reading).join('\n')).toContain(problem);
});

test('each row of SECURITY.md has evidence, and each claim its sentence and its step', () => {
  const reader = {
    readPage: (name: string) => readFileSync(join(projectRoot, name), 'utf8'),
    steps: steps.map(({ name }) => name),
    isFile: (path: string) => existsSync(join(projectRoot, path)),
  };
  expect(claimProblems(claims, ownControls, reader)).toEqual([]);
});

test('what is modelled and touches a deployment is tried by a step', () => {
  const untried = claims.filter(
    ({ evidence, triedBy }) => evidence.kind === 'modelled' && triedBy === undefined,
  );
  // Neither changes with a deployment: the one needs a taken-over account, the other has a rule that is right both ways.
  expect(untried.map(({ claim: text }) => text)).toEqual([
    expect.stringContaining('created again'),
    expect.stringContaining('last slash'),
  ]);
});
