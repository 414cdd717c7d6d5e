import { credentialsOfProfile } from '../aws/credentials.ts';
import { chainOf, sound } from './link.ts';
import { noteOnConcurrency, notesOnUnread, unreadOrganizations } from './notes.ts';
import type { OpenCall } from './open-call.ts';

const account = (accountId: string) => ({ accountId, source: credentialsOfProfile(`p${accountId[0]}`) });
const [A, B] = ['111111111111', '222222222222'] as const;

test('an organization that was read makes no note', async () => {
  const open = {
    accounts: new Map([A, B].map((id) => [id, account(id)])),
    organization: async (id: string) => (id === A ? {} : { unread: 'policies' }),
  } as unknown as OpenCall;
  const unread = await unreadOrganizations(open);
  expect(unread.map((each) => each.account.accountId)).toEqual([B]);
  expect(notesOnUnread([], [])).toEqual([]);
});

test('an organization that was not read is named with its account and profile, and with what is taken for granted', () => {
  const membership = { organizationId: 'o-a1b2c3d4e5', serviceControl: [], resourceControl: [] };
  const [note = ''] = notesOnUnread(
    [
      { account: account(A), unread: 'policies', membership },
      { account: account(B), unread: 'everything', membership },
    ],
    [],
  );
  expect(note).toContain(`of account ${A} (the profile "p1") and ${B} (the profile "p2") were not read.`);
  expect(note).toContain(`Account ${B} is taken to be in o-a1b2c3d4e5, as services/stages.yml says.`);
  expect(note).not.toContain(`Account ${A} is taken`);
});

test('keys that only a request has are named with the option that gives them', () => {
  expect(notesOnUnread([], ['aws:SourceIp'])).toEqual([
    expect.stringContaining('Give the values: --context aws:SourceIp=…'),
  ]);
});

test('the running invocations are said to be not judged, if a function is called and nothing is broken', () => {
  const state = sound({ kind: 'function state', title: 'Lambda accepts invocations of orders' });
  expect(noteOnConcurrency(chainOf([state]))).toEqual([
    expect.stringMatching(/^Not judged: how many invocations are running/),
  ]);
  expect(noteOnConcurrency(chainOf([{ ...state, state: 'breaks' }]))).toEqual([]);
  expect(noteOnConcurrency(chainOf([{ ...state, kind: 'assume role' }]))).toEqual([]);
});
