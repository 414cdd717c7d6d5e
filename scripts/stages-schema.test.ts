import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parse } from 'yaml';
import { validateStage } from '../libs/serverless-plugin/src/settings/schema.ts';
import { STAGES_SCHEMA } from './lib/stages-schema.ts';

const text = readFileSync(join(import.meta.dirname, '..', STAGES_SCHEMA), 'utf8');
const example = readFileSync(join(import.meta.dirname, '../services/stages.example.yml'), 'utf8');

const validate = new Ajv({ strict: false, allErrors: true }).compile(JSON.parse(text));
const problemsOf = (stages: unknown) =>
  validate(stages)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
const read = (yaml: string): unknown => parse(yaml, { merge: true });

const required = {
  region: 'eu-central-1',
  apiAccountId: '111111111111',
  callerAccountId: '222222222222',
  externalId: '0123456789abcdef',
};

test('the first line of the example names the schema, which is a file of the package', () => {
  const [, path = ''] = /^# yaml-language-server: \$schema=(.*)\n/.exec(example) ?? [];
  expect(readFileSync(join(import.meta.dirname, '../services', path), 'utf8')).toBe(text);
});

test('each setting of the example is allowed, and has a description', () => {
  const all = example
    .replaceAll(/^( *)# ( *[a-z]\w*:(?: .*|))$/gm, '$1$2')
    .replaceAll('externalId: ""', 'externalId: 0123456789abcdef')
    .replaceAll('previousExternalId: ""', 'previousExternalId: abcdef');
  const stages = read(all) as { readonly dev: object; readonly local: object };
  expect(Object.keys(stages.dev).length).toBeGreaterThan(25);
  expect(stages.local).toEqual({ seed: 'node scripts/seed.ts' });
  expect(problemsOf(stages)).toEqual([]);
  const { settings } = JSON.parse(text).definitions;
  const described = Object.entries<{ description?: string }>(settings.properties).map(([name, property]) => [
    name,
    property.description?.length ?? 0,
  ]);
  expect(described.filter(([, length]) => Number(length) < 20)).toEqual([]);
});

test.each([
  ['an unknown setting', { colour: 'red' }],
  ['an account ID that is no text', { apiAccountId: 111111111111 }],
  ['a value that is none of its list', { logRetentionInDays: 15 }],
  ['an unknown access mode', { accessMode: 'open' }],
  ['a caller without an external ID', { callers: { billing: { accountId: '333333333333', roleName: 'b' } } }],
  ['a caller whose name is not allowed', { callers: { Billing: { ...required } } }],
  ['an unknown setting of a domain', { customDomain: { host: 'a.example.com' } }],
  ['the seed of a stage on AWS', { seed: 'node seed.ts' }],
])('%s is refused', (_what, settings) => {
  expect(problemsOf({ dev: { ...required, ...settings } })).not.toEqual([]);
});

test.each(Object.keys(required))('a stage without %s is refused', (name) => {
  expect(problemsOf({ dev: { ...required, [name]: undefined } })).not.toEqual([]);
});

test('the external ID may be absent if no caller assumes a role', () => {
  const { externalId: _, ...rest } = required;
  const dev = {
    ...rest,
    accessMode: 'resource-policy',
    callers: { billing: { accountId: '333333333333', roleName: 'b' } },
  };
  expect(problemsOf({ dev })).toEqual([]);
  expect(problemsOf({ dev: { ...dev, previousAccessMode: 'assume-role' } })).not.toEqual([]);
});

test('stages share settings; stage local needs none, and may have a seed', () => {
  const shared = `.base: &base { region: eu-central-1, externalId: 0123456789abcdef, alarms: true }
dev: { <<: *base, apiAccountId: "111111111111", callerAccountId: "222222222222" }
local: { seed: node seed.ts, accessMode: resource-policy }`;
  expect(problemsOf(read(shared))).toEqual([]);
});

/** Values of which many are right. */
const values = fc.oneof(
  fc.constantFrom<unknown>(
    'eu-central-1',
    '111111111111',
    'assume-role',
    'resource-policy',
    '/team/',
    14,
    1,
    true,
  ),
  fc.constantFrom<unknown>(
    ['GET /a'],
    { a: 'b' },
    '<service>-boundary',
    'o-a1b2c3d4e5',
    'node seed.ts',
    null,
    {},
  ),
  fc.string(),
  fc.integer(),
);
const names = Object.keys(JSON.parse(text).definitions.settings.properties);

test('whatever the plugin accepts is allowed', () => {
  let accepted = 0;
  const entries = fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 3 });
  fc.assert(
    fc.property(entries, fc.constantFrom('dev', 'local'), (some, stage) => {
      const entry = { ...required, ...some };
      const result = validateStage(stage, entry);
      if ('problems' in result) return;
      accepted += 1;
      expect(problemsOf({ [stage]: entry })).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
