import * as v from 'valibot';
import { bareServices } from '../all-services.testing.ts';
import { invalidInputError } from './invalid-input.ts';
import { atLeast, listOf, oneOf } from './shapes.ts';

const codes = { type: 'SerializationException', constraint: 'ValidationException', other: 'Other' };

const schema = v.object({
  Capabilities: v.optional(listOf(v.picklist(['CAPABILITY_AUTO_EXPAND', 'CAPABILITY_IAM']))),
  Type: v.optional(v.picklist(['String', 'StringList'])),
  Kind: v.optional(oneOf(['CREATE', 'UPDATE'], ['IMPORT'])),
  Mode: v.optional(v.literal('STANDARD')),
  Names: v.optional(v.pipe(v.array(v.string()), v.maxLength(1))),
  Tags: v.optional(listOf(v.object({ Key: v.pipe(v.string(), atLeast(1)) }))),
  Limit: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(50))),
  Deep: v.optional(v.boolean()),
  Id: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/))),
  Rule: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => text !== 'bad', 'The rule is bad.'),
    ),
  ),
  Settings: v.optional(v.object({ Name: v.string() })),
});

function errorFor(input: object) {
  const { issues = [] } = v.safeParse(schema, input);
  const { code, message } = invalidInputError(issues, codes);
  return [code, message];
}

/** The words of AWS: https://github.com/aws-actions/aws-cloudformation-github-deploy/issues/130 and others, named in the module. */
const violated = (value: string, member: string, constraint: string) => [
  'ValidationException',
  `1 validation error detected: Value ${value} at '${member}' failed to satisfy constraint: ${constraint}`,
];

test.each<[object, readonly (string | undefined)[]]>([
  [{ Type: 'str' }, violated("'str'", 'type', 'Member must satisfy enum value set: [String, StringList]')],
  [{ Kind: 'X' }, violated("'X'", 'kind', 'Member must satisfy enum value set: [CREATE, UPDATE, IMPORT]')],
  [
    { Capabilities: ['CAPABILITY_IAM', 'true'] },
    violated(
      "'[CAPABILITY_IAM, true]'",
      'capabilities',
      'Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_AUTO_EXPAND, CAPABILITY_IAM]]',
    ),
  ],
  [{ Names: ['a', 'b'] }, violated("'[a, b]'", 'names', 'Member must have length less than or equal to 1')],
  [{ Tags: [{}] }, violated('null', 'tags.1.member.key', 'Member must not be null')],
  [
    { Tags: [{ Key: 'a' }, { Key: '' }] },
    violated("''", 'tags.2.member.key', 'Member must have length greater than or equal to 1'),
  ],
  [{ Limit: 0 }, violated("'0'", 'limit', 'Member must have value greater than or equal to 1')],
  [{ Limit: 51 }, violated("'51'", 'limit', 'Member must have value less than or equal to 50')],
  [{ Id: '1' }, violated("'1'", 'id', 'Member must satisfy regular expression pattern: \\d{12}')],
  [{ Settings: {} }, violated('null', 'settings.name', 'Member must not be null')],
])('the input %j violates a constraint', (input, expected) => {
  expect(errorFor(input)).toEqual(expected);
});

test('all violated constraints are counted and named', () => {
  expect(errorFor({ Limit: 0, Id: '1' })[1]).toMatch(
    /^2 validation errors detected: Value '0' at .*; Value '1' at /,
  );
});

// https://github.com/architect/dynalite/blob/main/validations/index.js has the words of services with the JSON protocol.
test.each([
  [{ Type: 5 }, 'NUMBER_VALUE cannot be converted to String'],
  [{ Id: 1.5 }, 'DECIMAL_VALUE cannot be converted to String'],
  [{ Id: true }, 'TRUE_VALUE cannot be converted to String'],
  [{ Limit: 'x' }, 'STRING_VALUE cannot be converted to Integer'],
  [{ Deep: 'x' }, 'STRING_VALUE cannot be converted to Boolean'],
  [{ Id: {} }, 'Start of structure or map found where not expected'],
  [{ Id: [] }, 'Unrecognized collection type class java.lang.String'],
  [{ Names: 'x' }, 'Unexpected field type'],
  [{ Names: {} }, 'Start of structure or map found where not expected'],
  [{ Capabilities: 'x' }, 'Unexpected field type'],
  [{ Settings: 'x' }, 'Unexpected field type'],
])('the input %j has a wrong type', (input, message) => {
  expect(errorFor(input)).toEqual(['SerializationException', message]);
});

test('a limit of local AWS names local AWS and the member, and a whole sentence stands alone', () => {
  expect(errorFor({ Kind: 'IMPORT' })).toEqual([
    'Other',
    '1 validation error detected: Kind: local AWS does not have IMPORT: use CREATE or UPDATE.',
  ]);
  expect(errorFor({ Mode: 'EXPRESS' })[1]).toContain('Mode: local AWS only has STANDARD.');
  expect(errorFor({ Rule: 'bad' })).toEqual(['Other', 'The rule is bad.']);
});

/** Values that hardly any member accepts. */
const odd: readonly unknown[] = ['', '\u0000', -1, 1e15, 0.5, true, [], {}, [[]], [{}], ['']];

const operations = bareServices
  .flatMap(({ endpoint }) => endpoint.operations ?? [])
  .flatMap(({ name, input }) => (input === undefined ? [] : [{ name, input }]));

test.each(operations)('no error of $name has the words of the library for schemas', ({ input: schema }) => {
  for (const value of odd) {
    const entries = 'entries' in schema ? Object.keys(schema.entries as object) : [];
    const input = Object.fromEntries(entries.map((name) => [name, value]));
    let issues: readonly v.BaseIssue<unknown>[] = [];
    try {
      issues = v.safeParse(schema, input).issues ?? [];
    } catch {
      // A check that throws AWS's error itself.
    }
    for (const issue of issues) {
      expect(invalidInputError([issue], codes).message).not.toMatch(/Invalid \w+: |Expected .*but received/);
    }
  }
});
