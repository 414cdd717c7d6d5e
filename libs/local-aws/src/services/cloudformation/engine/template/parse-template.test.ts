import fc from 'fast-check';
import { AwsError } from '../../../../core/errors.ts';
import { parseTemplate } from './parse-template.ts';

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

  test.each([
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
