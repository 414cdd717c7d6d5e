import { parameterStrings, parameterValue, pseudoParameters } from './parameters.ts';
import type { ParameterDefinition } from './template.ts';

const define = (definition: Partial<ParameterDefinition> = {}) =>
  new Map([['P', { Type: 'String', NoEcho: false, ...definition }]]);
const given = (value: string) => [{ ParameterKey: 'P', ParameterValue: value, UsePreviousValue: false }];

describe('parameters', () => {
  test('a parameter has the value that is given, the previous one or the default', () => {
    expect(parameterStrings(define({ Default: 'd' }), [])).toEqual(new Map([['P', 'd']]));
    expect(parameterStrings(define({ Default: 'd' }), given('v'))).toEqual(new Map([['P', 'v']]));
    const previous = [{ ParameterKey: 'P', UsePreviousValue: true }];
    expect(parameterStrings(define({ Default: 'd' }), previous, new Map([['P', 'p']]))).toEqual(
      new Map([['P', 'p']]),
    );
  });

  test('a parameter is refused if it has no value or is not in the template', () => {
    expect(() => parameterStrings(define(), [])).toThrow('Parameters: [P] must have values');
    expect(() => parameterStrings(new Map(), given('v'))).toThrow(
      'Parameters: [P] do not exist in the template',
    );
    expect(() => parameterStrings(define(), [...given('a'), ...given('b')])).toThrow(
      'Duplicate parameter keys',
    );
  });

  test.each<[Partial<ParameterDefinition>, string, string]>([
    [{ AllowedValues: ['a', 'b'] }, 'c', "Parameter 'P' must be one of AllowedValues"],
    [{ AllowedPattern: '[a-z]+' }, 'a1', "Parameter 'P' must match pattern [a-z]+"],
    [
      { AllowedPattern: '[a-z]+', ConstraintDescription: 'only letters' },
      '1',
      'Parameter P failed to satisfy constraint: only letters',
    ],
    [{ MinLength: 2 }, 'a', 'must contain at least 2 characters'],
    [{ MaxLength: 2 }, 'abc', 'must contain at most 2 characters'],
    [{ Type: 'Number' }, 'x', 'must be a number.'],
    [{ Type: 'Number', MinValue: 2 }, '1', 'must be a number not less than 2'],
    [{ Type: 'Number', MaxValue: 2 }, '3', 'must be a number not greater than 2'],
    [{ Type: 'Text' }, 'x', 'Unrecognized parameter type: Text'],
    [{ AllowedPattern: '(' }, 'a', 'is not a regular expression'],
  ])('a parameter with %j refuses %j', (definition, value, message) => {
    expect(() => parameterStrings(define(definition), given(value))).toThrow(message);
  });

  test('the value of a parameter of a list type is a list', () => {
    const list = { Type: 'CommaDelimitedList', NoEcho: false };
    expect(parameterValue(list, 'a, b')).toEqual(['a', 'b']);
    expect(parameterValue(list, '')).toEqual([]);
    expect(parameterValue({ Type: 'String', NoEcho: false }, 'a, b')).toBe('a, b');
    const stored = { Type: 'AWS::SSM::Parameter::Value<List<String>>', NoEcho: false };
    expect(parameterValue(stored, 'a, b')).toEqual(['a', 'b']);
  });
});

test.each([
  ['eu-central-1', 'aws', 'amazonaws.com'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['eusc-de-east-1', 'aws-eusc', 'amazonaws.eu'],
  ['us-iso-east-1', 'aws-iso', 'c2s.ic.gov'],
])('a stack in %s is in the partition %s, with the URL suffix %s', (region, partition, suffix) => {
  const stack = { accountId: '111111111111', region, name: 'api', id: 'arn' };
  expect(Object.fromEntries(pseudoParameters(stack))).toMatchObject({
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': suffix,
  });
});
