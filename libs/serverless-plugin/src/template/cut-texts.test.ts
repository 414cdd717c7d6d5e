import { parse } from 'yaml';
import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import { Mistake } from '../mistake.ts';
import { checkTexts, checkTextsOfFunctions } from './cut-texts.ts';

const checkTemplate = (yaml: string) => () =>
  checkTexts({ Resources: {}, ...parse(yaml, { logLevel: 'silent' }) }, deploymentWith());
const checkService = (yaml: string) => () =>
  checkTextsOfFunctions(frameworkFor({ service: parse(yaml) }), deploymentWith());

test('a metric expression that a comma cuts is refused before anything is packaged, with its place and the remedy', () => {
  const alarm = (expression: string) =>
    checkTemplate(`
Resources:
  ClientErrorAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Metrics:
        - { Id: refused, ReturnData: false }
        - { Id: signed, ReturnData: false }
        - { Id: share, Label: Refused signed requests, Expression: ${expression} }
`);
  expect(alarm('FILL(refused, 0) / signed')).toThrow(Mistake);
  expect(alarm('FILL(refused, 0) / signed')).toThrow(
    'serverless.yml cannot be deployed:\n  ClientErrorAlarm.Metrics.2 has "0) / signed" without a value: a text before it has a comma, and needs quotation marks. If no text was cut, remove the name.\nNothing has been packaged.',
  );
  expect(alarm('"FILL(refused, 0) / signed"')).not.toThrow();
});

test.each([
  ['several words', 'Refused requests, by caller', 'by caller'],
  ['one word, which begins as no property does', 'Refused, total', 'total'],
  ['a number', 'More than 1,500', '500'],
  ['a bracket', 'COUNT(a, b)', 'b)'],
])('the rest of a cut text is found: %s', (_what, text, name) => {
  const template = (value: string) =>
    checkTemplate(`Resources: { Alarm: { Type: A, Properties: { AlarmDescription: ${value} } } }`);
  expect(template(text)).toThrow(`Alarm has "${name}" without a value`);
  expect(template(`"${text}"`)).not.toThrow();
});

test('all cut texts are named at once, also those in outputs and in the attributes of a resource', () => {
  expect(
    checkTemplate(`
Resources:
  Topic: { Type: AWS::SNS::Topic, Metadata: { Note: one, two } }
Outputs:
  Topic: { Description: Where the alarms go, all of them, Value: a }
`),
  ).toThrow(/ {2}Topic\.Metadata has "two" .*\n {2}Outputs\.Topic has "all of them" /);
});

test.each([
  [
    'a property, which a stage leaves out',
    'Properties: { TableName: a, SSESpecification: null, KMSKeyId: ~ }',
  ],
  ['a key of a condition', 'Properties: { StringEquals: { "aws:SourceAccount": null } }'],
  ['a media type', 'Properties: { RequestTemplates: { application/json: null } }'],
  ['a parameter of a request', 'Properties: { RequestParameters: { method.request.header.X-Id: null } }'],
  ['a variable of a function', 'Properties: { Variables: { TABLE: a, debug: null } }'],
  ['a member of an event', 'Properties: { EventPattern: { detail-type: null } }'],
  ['an item of a list', 'Properties: { Names: [null, ~] }'],
  ['all properties', 'Properties: null'],
])('null under a usual name is legal: %s', (_what, properties) => {
  expect(checkTemplate(`Resources: { Thing: { Type: A, ${properties} } }`)).not.toThrow();
});

test('a resource without a value is left to the framework', () => {
  expect(checkTemplate('Resources: { Thing: ~ }')).not.toThrow();
});

test('texts of functions, of their events and of the provider are checked, too', () => {
  expect(
    checkService(`
provider: { tags: { purpose: Orders, also returns } }
functions:
  orders:
    timeout: null
    environment: { GREETING: Hello, dear customer }
    events:
      - eventBridge: { pattern: { source: [shop], detail-type: Sold, or returned } }
`),
  ).toThrow(
    /functions\.orders\.environment has "dear customer" .*\n.*functions\.orders\.events\.0\.eventBridge\.pattern has "or returned" .*\n.*provider\.tags has "also returns" /,
  );
  expect(
    checkService('functions: { orders: { timeout: null, events: [{ http: { cors: ~ } }] } }'),
  ).not.toThrow();
});
