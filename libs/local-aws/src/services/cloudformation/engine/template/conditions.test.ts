import { checkRules } from './conditions.ts';
import type { RuleDefinition } from './template.ts';

const text = { Type: 'String', NoEcho: false };
const parameters = new Map([
  ['Stage', text],
  ['Zones', { Type: 'CommaDelimitedList', NoEcho: false }],
]);

const strings = new Map([
  ['Stage', 'dev'],
  ['Zones', 'a,b'],
]);

function check(rule: RuleDefinition): void {
  checkRules({ rules: new Map([['Rule', rule]]), parameters, mappings: {} }, strings);
}

const stage = { Ref: 'Stage' };
const zones = { Ref: 'Zones' };
const isDev = { 'Fn::Equals': [stage, 'dev'] };

test.each([
  ['Fn::Contains, list first', { 'Fn::Contains': [['dev', 'prod'], stage] }, true],
  ['Fn::Contains, without the value', { 'Fn::Contains': [['test'], stage] }, false],
  ['Fn::Contains, list parameter', { 'Fn::Contains': [zones, 'b'] }, true],
  ['Fn::Not', { 'Fn::Not': [{ 'Fn::Contains': [['test'], stage] }] }, true],
  ['Fn::And', { 'Fn::And': [isDev, { 'Fn::Not': [isDev] }] }, false],
])('%s', (_name, Assert, holds) => {
  const run = () => check({ Assertions: [{ Assert, AssertDescription: 'Not so.' }] });
  if (holds) expect(run).not.toThrow();
  else expect(run).toThrow('Template validation error: Not so.');
});

test('An assertion counts only if the condition of its rule holds.', () => {
  const Assertions = [{ Assert: { 'Fn::Equals': [stage, 'prod'] } }];
  expect(() => check({ RuleCondition: { 'Fn::Not': [isDev] }, Assertions })).not.toThrow();
  expect(() => check({ RuleCondition: isDev, Assertions })).toThrow(
    'Template validation error: {"Fn::Equals"',
  );
});

test.each([
  [{ 'Fn::Equals': [{ 'Fn::GetAtt': 'A.Arn' }, 'x'] }, 'Rules cannot refer to resources: A'],
  [{ 'Fn::Equals': [{ 'Fn::ImportValue': 'x' }, 'x'] }, 'Rules cannot refer to exports of other stacks: x'],
  [{ 'Fn::RefAll': 'AWS::EC2::VPC::Id' }, 'every rule must be one of Fn::Equals, Fn::And'],
  [{ 'Fn::Contains': [['a']] }, 'every Fn::Contains object requires a list of 2 parameters.'],
])('%j is refused', (Assert, message) => {
  expect(() => check({ Assertions: [{ Assert }] })).toThrow(message);
});
