import { deploymentWith } from '../deployment.testing.ts';
import type { Template } from '../framework.ts';
import { Refusal } from '../mistake.ts';
import { checkReferences } from './check-references.ts';

const topic = (Properties: Record<string, unknown> = {}) => ({ Type: 'AWS::SNS::Topic', Properties });
const named = (of: unknown) => ({ Resources: { Topic: topic({ TopicName: of }) } });

/** The lines of the refusal of a template. */
function linesFor(template: object): readonly string[] {
  try {
    checkReferences(template as Template, deploymentWith());
    return [];
  } catch (error) {
    return error instanceof Refusal ? error.lines : [String(error)];
  }
}

const PROPERTY = 'Resources.Topic.Properties.TopicName';

test.each([
  [
    'a Ref',
    named({ Ref: 'Topik' }),
    `${PROPERTY} (Ref) names "Topik", and the template has no such resource or parameter. Write Topic.`,
  ],
  [
    'an unknown pseudo parameter',
    named({ Ref: 'AWS::Regoin' }),
    `${PROPERTY} (Ref) names "AWS::Regoin", and the template has no such resource or parameter. Write AWS::Region.`,
  ],
  [
    'a GetAtt as a list',
    named({ 'Fn::GetAtt': ['Orders', 'Arn'] }),
    `${PROPERTY} (Fn::GetAtt) names "Orders", and the template has no such resource. Add it, or remove what names it.`,
  ],
  [
    'a GetAtt as a text',
    named({ 'Fn::GetAtt': 'Topi.Arn' }),
    `${PROPERTY} (Fn::GetAtt) names "Topi", and the template has no such resource. Write Topic.`,
  ],
  [
    'a GetAtt of a parameter',
    { ...named({ 'Fn::GetAtt': ['Name', 'Arn'] }), Parameters: { Name: {} } },
    `${PROPERTY} (Fn::GetAtt) names "Name", and the template has no such resource. Add it, or remove what names it.`,
  ],
  [
    'a variable of Fn::Sub',
    named({ 'Fn::Join': ['', [{ 'Fn::Sub': [`\${Own}-\${Orders.Arn}`, { Own: 'x' }] }]] }),
    `${PROPERTY}.1.0 (Fn::Sub) names "Orders", and the template has no such resource or parameter. Add it, or remove what names it.`,
  ],
  [
    'the branch of a Fn::If that is not taken',
    {
      ...named({ 'Fn::If': ['Yes', 'x', { Ref: 'Orders' }] }),
      Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] } },
    },
    `${PROPERTY}.2 (Ref) names "Orders", and the template has no such resource or parameter. Add it, or remove what names it.`,
  ],
  [
    'the condition of a Fn::If',
    {
      ...named({ 'Fn::If': ['IsProducton', 'x', 'y'] }),
      Conditions: { IsProduction: { 'Fn::Equals': ['a', 'a'] } },
    },
    `${PROPERTY} (Fn::If) names "IsProducton", and the template has no such condition. Write IsProduction.`,
  ],
  [
    'the condition of a resource',
    { Resources: { Topic: { ...topic(), Condition: 'Yes' } } },
    'Resources.Topic.Condition names "Yes", and the template has no such condition. Add it, or remove what names it.',
  ],
  [
    'the condition of an output',
    { Resources: {}, Outputs: { Own: { Value: 'x', Condition: 'Yes' } } },
    'Outputs.Own.Condition names "Yes", and the template has no such condition. Add it, or remove what names it.',
  ],
  [
    'a condition of a condition',
    { Resources: {}, Conditions: { A: { 'Fn::Not': [{ Condition: 'B' }] } } },
    'Conditions.A.0 names "B", and the template has no such condition. Write A.',
  ],
  [
    'a resource in a condition',
    { Resources: { Topic: topic() }, Conditions: { A: { 'Fn::Equals': [{ Ref: 'Topic' }, 'a'] } } },
    'Conditions.A.0 names the resource Topic (Ref): conditions are decided before there are resources. Name a parameter.',
  ],
  [
    'the export of an output',
    { Resources: {}, Outputs: { Own: { Value: 'x', Export: { Name: { Ref: 'Orders' } } } } },
    'Outputs.Own.Export.Name (Ref) names "Orders", and the template has no such resource or parameter. Add it, or remove what names it.',
  ],
])(
  'a name that the template does not have is refused with its path, the rule and the remedy: %s',
  (_what, template, line) => {
    expect(linesFor(template)).toEqual([line]);
  },
);

test('all faults are in one message', () => {
  const Resources = {
    Topic: { ...topic({ TopicName: { Ref: 'A' }, DisplayName: { Ref: 'B' } }), DependsOn: ['Topic', 'C'] },
  };
  expect(linesFor({ Resources }).map((line) => line.split('"')[1])).toEqual(['C', 'A', 'B']);
});

test.each([
  [
    'each pseudo parameter',
    named(
      [
        'AccountId',
        'NoValue',
        'NotificationARNs',
        'Partition',
        'Region',
        'StackId',
        'StackName',
        'URLSuffix',
      ].map((name) => ({ Ref: `AWS::${name}` })),
    ),
  ],
  ['a parameter', { ...named({ 'Fn::Sub': `\${Name}` }), Parameters: { Name: { Type: 'String' } } }],
  [
    'texts and spaces in Fn::Sub',
    named({
      'Fn::Sub': [
        `\${!Literal} \${ ! literal} \${ Topic.Arn } \${AWS::Region} \${Own}`,
        { Own: { Ref: 'Topic' } },
      ],
    }),
  ],
  ['a property with the name of a function', named({ Condition: 'at night' })],
  [
    'a statement with conditions',
    named({ Statement: [{ Effect: 'Allow', Condition: { StringEquals: {} } }] }),
  ],
  [
    'metadata',
    {
      Resources: { Topic: { ...topic(), Metadata: { Own: { Ref: 'Orders' } } } },
      Metadata: { Ref: 'Orders' },
    },
  ],
  [
    'a resource of a module',
    {
      Resources: {
        Own: { Type: 'My::S3::Bucket::MODULE', Properties: {} },
        Topic: {
          ...topic({
            A: { Ref: 'OwnBucket' },
            B: { 'Fn::GetAtt': ['Own.Bucket', 'Arn'] },
            C: { 'Fn::Sub': `\${Own.Bucket.Arn}` },
          }),
          DependsOn: 'OwnBucket',
        },
      },
    },
  ],
  ['a macro of the whole template', { ...named({ Ref: 'Orders' }), Transform: ['Own'] }],
  [
    'a macro that may add resources',
    { Resources: { ...named({ Ref: 'Orders' }).Resources, 'Fn::Transform': { Name: 'AWS::Include' } } },
  ],
  [
    'a macro of a property, and what it gets',
    named({ 'Fn::Transform': { Name: 'Own', Parameters: { A: { Ref: 'Orders' } } }, B: { Ref: 'Orders' } }),
  ],
  ['a resource without properties', { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } }],
])('what CloudFormation accepts is not refused: %s', (_what, template) => {
  expect(linesFor(template)).toEqual([]);
});

test('a macro of one property leaves the others to the check', () => {
  const Resources = { Topic: topic({ A: { 'Fn::Transform': { Name: 'Own' } }, B: { Ref: 'Orders' } }) };
  expect(linesFor({ Resources })).toHaveLength(1);
});
