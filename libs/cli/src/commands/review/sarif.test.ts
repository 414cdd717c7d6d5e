import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ajvDraft04 from 'ajv-draft-04';
import type ajvFormats from 'ajv-formats';
import type { Finding } from './finding.ts';
import { sarifOf } from './sarif.ts';

/** The schema of OASIS (https://github.com/oasis-tcs/sarif-spec, e0583813, sarif-2.1/schema), without its descriptions. */
const SCHEMA = join(import.meta.dirname, '../../../test/sarif/sarif-schema-2.1.0.json');

const require = createRequire(import.meta.url);
const { default: Draft04 }: { readonly default: typeof ajvDraft04.default } = require('ajv-draft-04');
const { default: addFormats }: { readonly default: typeof ajvFormats.default } = require('ajv-formats');

const finding: Finding = {
  id: 'whole-account-0123456789ab',
  code: 'whole-account',
  severity: 'medium',
  accountId: '111111111111',
  message: 'Every role and user of account 222222222222 may assume the role.',
  where: 'statement #1 of trust policy of role invoke',
  aliases: ['prowler: a_check'],
  change: { text: 'Name the caller.' },
  proof: { kind: 'unproven' },
  documentation: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/',
};
const acceptance = { id: 'open-route-0123456789ab', reason: 'A public page', until: '2027-03-31' };
const log = () =>
  sarifOf({
    findings: [finding, { ...finding, severity: 'high', code: 'open-function' }],
    accepted: [{ ...finding, id: acceptance.id, code: 'open-route', severity: 'low', acceptance }],
    unused: [],
    statements: [
      { where: 'statement #2', accountId: '1', statement: {}, ending: 'unread', reason: 'a new key' },
      { where: 'statement #3', accountId: '1', statement: {}, ending: 'narrow' },
    ],
    version: '1.2.3',
    fileOf: () => 'services/api/serverless.yml',
  });

test('The log is valid by the schema of OASIS, which refuses a log with a wrong level.', () => {
  const ajv = addFormats(new Draft04({ strict: false }));
  const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')));
  validate(log());
  expect(validate.errors).toBeNull();
  const wrong = JSON.parse(JSON.stringify(log()).replace('"warning"', '"medium"'));
  expect(validate(wrong)).toBe(false);
});

test('The file is a reference to a URI, whatever characters its path has.', () => {
  const parts = { findings: [finding], accepted: [], unused: [], statements: [], version: '1.2.3' };
  const made = JSON.stringify(sarifOf({ ...parts, fileOf: () => './my api/tëmplate#1.yaml' }));
  expect(made).toContain('"uri":"./my%20api/t%C3%ABmplate%231.yaml"');
});

test('A rule has the score of its worst finding, or GitHub would show all of them as its mildest.', () => {
  const findings: Finding[] = (['low', 'high', 'medium'] as const).map((severity) => ({
    ...finding,
    severity,
  }));
  const worst = sarifOf({
    findings,
    accepted: [],
    unused: [],
    statements: [],
    version: '1.2.3',
    fileOf: () => 'a',
  });
  expect(worst).toMatchObject({
    runs: [
      {
        tool: {
          driver: {
            rules: [{ defaultConfiguration: { level: 'error' }, properties: { 'security-severity': '8.0' } }],
          },
        },
      },
    ],
  });
});

test('Each finding has a level, a file and a fingerprint, and an accepted one is suppressed with its reason.', () => {
  expect(log()).toMatchObject({
    runs: [
      {
        tool: {
          driver: {
            rules: [
              {
                id: 'whole-account',
                fullDescription: {
                  text: "A policy admits any role of the caller's account, or of a third one.",
                },
              },
              { id: 'open-function' },
              { id: 'open-route' },
            ],
          },
        },
        invocations: [
          { toolExecutionNotifications: [{ message: { text: 'Not judged: statement #2: a new key' } }] },
        ],
        results: [
          {
            level: 'warning',
            partialFingerprints: { 'crossAccountFinding/v1': finding.id },
            locations: [
              {
                physicalLocation: { artifactLocation: { uri: 'services/api/serverless.yml' } },
                // Two accounts may have resources of one name.
                logicalLocations: [{ fullyQualifiedName: `${finding.accountId}: ${finding.where}` }],
              },
            ],
          },
          { level: 'error' },
          { level: 'note', suppressions: [{ status: 'accepted', justification: 'A public page' }] },
        ],
      },
    ],
  });
});
