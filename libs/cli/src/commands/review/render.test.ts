import { plainPalette } from '@cross-account-api/iam';
import { renderReview } from './render.ts';

test('What could not be read is named: the missing permission, or the operation that failed', () => {
  const unread = [
    { accountId: '111111111111', permission: 'iam:GetRole on arn:aws:iam::111111111111:role/invoke' },
    { accountId: '222222222222', failure: 'GetRole: ServiceFailure: try again' },
  ];
  expect(renderReview('The call', [], unread, plainPalette).map((line) => line.trim())).toEqual([
    'The call: nothing is weak in what could be read',
    '',
    'Not everything was reviewed. What is missing, or failed:',
    'iam:GetRole on arn:aws:iam::111111111111:role/invoke',
    'GetRole: ServiceFailure: try again',
  ]);
});
