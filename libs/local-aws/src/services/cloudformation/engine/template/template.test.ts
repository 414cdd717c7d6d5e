import fc from 'fast-check';
import { AwsError } from '../../../../core/errors.ts';
import type { Json } from './json.ts';
import { parseTemplate, readTemplate } from './template.ts';

const Resources = { A: { Type: 'AWS::Test::Thing' } };

test('a template is read into definitions', () => {
  const template = readTemplate({
    Description: 'all of it',
    Parameters: {
      Count: { Type: 'Number', Default: 1, AllowedValues: [1, '2'], MaxValue: '2', NoEcho: true },
    },
    Mappings: { Sizes: { dev: { Memory: 128 } } },
    Resources: { A: { Type: 'AWS::Test::Thing', DependsOn: 'B', Metadata: { a: 1 } }, B: Resources.A },
    Outputs: { Url: { Value: 'x', Export: { Name: 'url' } } },
  });
  expect(template).toEqual({
    description: 'all of it',
    rules: new Map(),
    parameters: new Map([
      ['Count', { Type: 'Number', Default: '1', AllowedValues: ['1', '2'], MaxValue: 2, NoEcho: true }],
    ]),
    mappings: { Sizes: { dev: { Memory: 128 } } },
    conditions: new Map(),
    resources: new Map([
      ['A', expect.objectContaining({ DependsOn: ['B'], Metadata: { a: 1 } })],
      ['B', expect.objectContaining({ Properties: {}, DependsOn: [] })],
    ]),
    outputs: new Map([['Url', { Value: 'x', Export: { Name: 'url' } }]]),
  });
});

test('Fn::GetStackOutput has a short form, in which no other short form can be', () => {
  const resource = (value: string) => parseTemplate(`Resources: { A: { Type: T, Properties: ${value} } }`);
  const output = { 'Fn::GetStackOutput': { StackName: 'a', OutputName: 'b' } };
  expect(resource('!GetStackOutput { StackName: a, OutputName: b }')).toEqual({
    Resources: { A: { Type: 'T', Properties: output } },
  });
  expect(resource('{ Fn::GetStackOutput: { StackName: !Ref P, OutputName: b } }')).toMatchObject({
    Resources: { A: { Properties: { 'Fn::GetStackOutput': { StackName: { Ref: 'P' } } } } },
  });
  for (const inner of ['!Ref P', `!Sub "\${P}"`, '!Join ["", [a, b]]', '[!Ref P]']) {
    expect(() => resource(`!GetStackOutput { StackName: ${inner}, OutputName: b }`)).toThrow(
      /The short form !GetStackOutput cannot contain another short form, as !(Ref|Sub|Join): write Fn::GetStackOutput/,
    );
  }
});

test.each<[{ [section: string]: Json }, string]>([
  [{ Resources: [] }, '[/Resources] Any Resources member must be an object.'],
  [{ Description: 1 }, '[/Description] Every Description member must be a string.'],
  [
    { Resources: { A: { Type: 'T', Properties: [] } } },
    '[/Resources/A/Properties] Properties must be an object.',
  ],
  [
    { Resources: { A: { Type: 'T', Condition: 1 } } },
    '[/Resources/A/Condition] Every Condition member must be a string.',
  ],
  [
    { Resources: { A: { Type: 'T', DependsOn: [1] } } },
    '[/Resources/A/DependsOn] Every DependsOn value must be a string.',
  ],
  [
    { Parameters: { P: { Type: 'String', Default: [] } } },
    '[/Parameters/P/Default] Every Default member must be a string.',
  ],
  [
    { Parameters: { P: { Type: 'String', AllowedValues: ['a', {}] } } },
    '[/Parameters/P/AllowedValues] AllowedValues must be a list of strings.',
  ],
  [
    { Parameters: { P: { Type: 'Number', MinValue: 'x' } } },
    '[/Parameters/P/MinValue] MinValue must be a number.',
  ],
  [{ Mappings: { M: { a: 1 } } }, 'Every Mappings member a must be a map'],
  [{ Mappings: { M: 1 } }, '[/Mappings/M] Every Mappings member must be a map'],
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/mappings-section-structure.html
  ...[{ Ref: 'AWS::Region' }, { deeper: 'x' }, [['x']]].map(
    (attribute): [{ [section: string]: Json }, string] => [
      { Mappings: { M: { key: { attribute } } } },
      'Every Mappings attribute must be a String or a List.',
    ],
  ),
  [
    { Resources: { A: { Type: 'T', DeletionPolicy: 'Keep' } } },
    '[/Resources/A/DeletionPolicy] DeletionPolicy must be one of: Delete, Retain, RetainExceptOnCreate.',
  ],
  [{ Outputs: { O: {} } }, '[/Outputs/O] Every Outputs member must contain a Value object'],
  [
    { Outputs: { O: { Value: 1, Condition: {} } } },
    '[/Outputs/O/Condition] Every Condition member must be a string.',
  ],
])('the template sections %j are refused', (sections, message) => {
  expect(() => readTemplate({ Resources, ...sections })).toThrow(`Template format error: ${message}`);
});

describe('parseTemplate', () => {
  test('short forms are read as their long forms', () => {
    const yaml = `
Resources:
  A:
    Type: AWS::Test::Thing
    Properties:
      Ref: !Ref B
      GetAtt: !GetAtt B.Arn
      GetAttList: !GetAtt [B, Arn]
      Sub: !Sub '\${B}-x'
      SubMap: !Sub ['\${V}', {V: !Ref B}]
      Join: !Join ['-', [a, !Ref B]]
      If: !If [Cond, !Ref A, !Ref 'AWS::NoValue']
      Zones: !Select [0, !GetAZs '']
      Long:
        Fn::Base64: !Sub text
Conditions:
  Both: !And [!Condition One, !Equals [a, a]]
`;
    expect(parseTemplate(yaml)).toEqual({
      Resources: {
        A: {
          Type: 'AWS::Test::Thing',
          Properties: {
            Ref: { Ref: 'B' },
            GetAtt: { 'Fn::GetAtt': 'B.Arn' },
            GetAttList: { 'Fn::GetAtt': ['B', 'Arn'] },
            Sub: { 'Fn::Sub': `\${B}-x` },
            SubMap: { 'Fn::Sub': [`\${V}`, { V: { Ref: 'B' } }] },
            Join: { 'Fn::Join': ['-', ['a', { Ref: 'B' }]] },
            If: { 'Fn::If': ['Cond', { Ref: 'A' }, { Ref: 'AWS::NoValue' }] },
            Zones: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
            Long: { 'Fn::Base64': { 'Fn::Sub': 'text' } },
          },
        },
      },
      Conditions: { Both: { 'Fn::And': [{ Condition: 'One' }, { 'Fn::Equals': ['a', 'a'] }] } },
    });
  });

  test('dates stay text, and booleans are those of YAML 1.1', () => {
    expect(parseTemplate('AWSTemplateFormatVersion: 2010-09-09\nOn: yes\nOff: false\nN: 5')).toEqual({
      AWSTemplateFormatVersion: '2010-09-09',
      On: true,
      Off: false,
      N: 5,
    });
  });

  test('a comma after the last item is accepted in JSON, and stays in a string', () => {
    const text = '{"a": [1, 2,\n], "b": {"c": ",}", "d": "\\",]",},\n}';
    expect(parseTemplate(text)).toEqual({ a: [1, 2], b: { c: ',}', d: '",]' } });
  });

  test.each([
    ['{"a": 1,,}', 'JSON not well-formed.'],
    ['', 'unsupported structure.'],
    ['- a', 'unsupported structure.'],
    ['{"a": ', 'JSON not well-formed.'],
    ['a: [b', 'YAML not well-formed. (line 1, column'],
    ['a: 1\na: 2', 'YAML not well-formed.'],
    ['a: !Unknown b', 'YAML not well-formed.'],
    ['a: &x 1\nb: *x', 'YAML aliases are not allowed'],
    [`a: ${'['.repeat(150)}${']'.repeat(150)}`, 'nested more than 100 levels deep'],
    [`{"a": ${'['.repeat(5000)}${']'.repeat(5000)}}`, 'nested more than 100 levels deep'],
  ])('the template %j is refused', (text, message) => {
    expect(() => parseTemplate(text)).toThrow(message);
  });

  test('a template cannot reach prototypes', () => {
    for (const text of ['{"__proto__": {"polluted": true}}', '__proto__:\n  polluted: true']) {
      const template = parseTemplate(text);
      expect(Object.keys(template)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(template)).toBe(Object.prototype);
    }
    expect({}).not.toHaveProperty('polluted');
  });

  test('every JSON object is read, and other text fails only with an AwsError', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        expect(parseTemplate(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,&*!|>-#"\' \n\tab1?%@') }), (text) => {
        try {
          parseTemplate(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });
});
