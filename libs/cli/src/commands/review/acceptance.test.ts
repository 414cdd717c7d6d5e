import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyAcceptances, readAcceptances } from './acceptance.ts';
import { settingFinding } from './finding.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'acceptance-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  const file = join(folder, 'accepted.json');
  await writeFile(file, text);
  return readAcceptances(file);
}

const finding = (where: string) =>
  settingFinding({
    ...{ code: 'no-access-log', severity: 'low', accountId: '111111111111', where },
    ...{ message: '', change: { text: '' }, documentation: '' },
  });
const now = new Date('2026-12-01T23:00:00Z');

test('A finding is accepted through its last day, and counts again after it.', () => {
  const found = [finding('stage dev'), finding('stage test')];
  const [dev] = found;
  const until = (day: string) => [{ id: dev?.id ?? '', reason: 'no traffic', until: day }];
  const accepted = applyAcceptances(found, until('2026-12-01'), now);
  expect(accepted.findings.map(({ where }) => where)).toEqual(['stage test']);
  expect(accepted.accepted).toMatchObject([{ where: 'stage dev', acceptance: { reason: 'no traffic' } }]);
  expect(accepted.unused).toEqual([]);

  const ended = applyAcceptances(found, until('2026-11-30'), now);
  expect(ended.findings).toHaveLength(2);
  expect(ended.unused).toMatchObject([{ id: dev?.id, why: 'ended' }]);
});

test('An acceptance without its finding is named: the statement or setting changed.', () => {
  const given = [{ id: 'no-access-log-000000000000', reason: 'x', until: '2027-01-01' }];
  expect(applyAcceptances([finding('stage dev')], given, now)).toMatchObject({
    findings: [{ where: 'stage dev' }],
    unused: [{ why: 'gone' }],
  });
});

test('The ID of a finding depends on its place, and not on its words.', () => {
  const { id } = finding('stage dev');
  expect(finding('stage dev').id).toBe(id);
  expect(finding('stage test').id).not.toBe(id);
  expect({ ...finding('stage dev'), message: 'other words' }.id).toBe(id);
});

test.each([
  ['a reason that is missing', '[{"id":"x","until":"2027-01-01"}]', /accepted\.json: 0\.reason: /],
  ['a reason that is empty', '[{"id":"x","reason":" ","until":"2027-01-01"}]', /must say why/],
  ['a day that does not exist', '[{"id":"x","reason":"y","until":"2027-02-30"}]', /0\.until: must be a day/],
  ['a word for the day', '[{"id":"x","reason":"y","until":"never"}]', /must be a day, e\.g\. 2027-03-31/],
  ['an unknown member', '[{"id":"x","reason":"y","until":"2027-01-01","code":"z"}]', /0\.code: /],
  ['an object', '{}', /the document: .* Write a list of/],
  ['what is not JSON', '[', /is not JSON/],
])('The file is refused with %s.', async (_what, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('A file that does not exist is named.', async () => {
  await expect(readAcceptances('/nowhere/x.json')).rejects.toThrow(
    '--accept /nowhere/x.json: there is no such file.',
  );
});
