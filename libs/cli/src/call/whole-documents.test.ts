import type { Change, Link } from './link.ts';
import { withEarlierStatements } from './whole-documents.ts';

const before = { Effect: 'Allow', Action: 'before' };
const get = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'GET' };
const post = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'POST' };

const change = (
  statement: object,
  place: Partial<Extract<Change, { change: 'add statement' }>> = {},
): Change => ({
  change: 'add statement',
  kind: 'resource-based policy',
  where: 'resource policy of API a',
  accountId: '111111111111',
  statement: { ...statement },
  document: { Version: '2012-10-17', Statement: [before, statement] },
  ...place,
});
const link = (...remedies: Change[]): Link => ({
  kind: 'invoke route',
  title: '',
  state: 'breaks',
  remedies,
});
const statements = (links: readonly Link[]) =>
  links.flatMap(({ remedies, needs = [] }) =>
    [...remedies, ...needs].map((each) => each.change === 'add statement' && each.document?.Statement),
  );

test('the second change of a policy keeps the statement of the first one', () => {
  const links = [link(change(get)), { ...link(), needs: [change(post)] }];
  expect(statements(withEarlierStatements(links))).toEqual([
    [before, get],
    [before, post, get],
  ]);
});

test('the third change of a policy keeps the statements of the first and the second', () => {
  const put = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'PUT' };
  expect(statements(withEarlierStatements([get, post, put].map((each) => link(change(each)))))).toEqual([
    [before, get],
    [before, post, get],
    [before, put, get, post],
  ]);
});

test('the same change of two links, and changes of two policies, stay as they are', () => {
  const other = { kind: 'role trust policy', where: 'the trust policy of r' } as const;
  const links = [link(change(get)), link(change(get)), link(change(post, other))];
  expect(statements(withEarlierStatements(links))).toEqual([
    [before, get],
    [before, get],
    [before, post],
  ]);
});
