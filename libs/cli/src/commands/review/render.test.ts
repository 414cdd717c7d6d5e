import { plainPalette } from '@cross-account-api/command-line/text';
import { type Reviewed, renderReview } from './render.ts';

const rendered = (reviewed: Partial<Reviewed>) => {
  const nothing = { findings: [], accepted: [], unused: [], statements: [], unread: [], notApplied: [] };
  return renderReview('The call', { ...nothing, ...reviewed }, plainPalette).map((line) => line.trim());
};

test('What could not be read is named: the missing permission, or the operation that failed', () => {
  const unread = [
    { accountId: '111111111111', permission: 'iam:GetRole on arn:aws:iam::111111111111:role/invoke' },
    { accountId: '222222222222', failure: 'GetRole: ServiceFailure: try again' },
  ];
  expect(rendered({ unread })).toEqual([
    'The call: nothing is weak in what could be judged',
    '',
    'Not everything was reviewed. What is missing, or failed:',
    'iam:GetRole on arn:aws:iam::111111111111:role/invoke',
    'GetRole: ServiceFailure: try again',
  ]);
});

test('Statements are counted, and those that were not judged are named with the reason', () => {
  const about = { accountId: '111111111111', statement: {} };
  const lines = rendered({
    statements: [
      { ...about, where: 'statement #1', ending: 'narrow' },
      {
        ...about,
        where: 'statement #2',
        ending: 'unread',
        reason: 'nothing is known of the condition key a:b',
      },
    ],
    notApplied: ['111111111111'],
    unused: [{ id: 'open-route-1', reason: 'x', until: '2026-01-01', why: 'ended' }],
  });
  expect(lines).toEqual([
    'The call: nothing is weak in what could be judged',
    '',
    'Acceptances that no longer apply. Remove or renew them:',
    'open-route-1: it ended on 2026-01-01',
    '',
    'Statements that allow: 1 narrow, 1 not judged.',
    '',
    'Statements that were not judged:',
    'statement #2: nothing is known of the condition key a:b',
    '',
    'Policies of the AWS organization were not read, and not applied, for 111111111111. They can only deny more.',
  ]);
});
