import { parameterStrings, parameterValue } from './parameters.ts';
import type { ParameterDefinition } from './template.ts';

const define = (definition: Partial<ParameterDefinition> = {}) =>
  new Map([['P', { type: 'String', noEcho: false, ...definition }]]);
const given = (value: string) => [{ key: 'P', value, usePreviousValue: false }];

describe('parameters', () => {
  test('a parameter has the value that is given, the previous one or the default', () => {
    expect(parameterStrings(define({ default: 'd' }), [])).toEqual(new Map([['P', 'd']]));
    expect(parameterStrings(define({ default: 'd' }), given('v'))).toEqual(new Map([['P', 'v']]));
    const previous = [{ key: 'P', usePreviousValue: true }];
    expect(parameterStrings(define({ default: 'd' }), previous, new Map([['P', 'p']]))).toEqual(
      new Map([['P', 'p']]),
    );
  });

  test('a parameter without a value and one that the template lacks are refused', () => {
    expect(() => parameterStrings(define(), [])).toThrow('Parameters: [P] must have values');
    expect(() => parameterStrings(new Map(), given('v'))).toThrow(
      'Parameters: [P] do not exist in the template',
    );
    expect(() => parameterStrings(define(), [...given('a'), ...given('b')])).toThrow(
      'Duplicate parameter keys',
    );
  });

  test.each<[Partial<ParameterDefinition>, string, string]>([
    [{ allowedValues: ['a', 'b'] }, 'c', "Parameter 'P' must be one of AllowedValues"],
    [{ allowedPattern: '[a-z]+' }, 'a1', "Parameter 'P' must match pattern [a-z]+"],
    [
      { allowedPattern: '[a-z]+', constraintDescription: 'only letters' },
      '1',
      'Parameter P failed to satisfy constraint: only letters',
    ],
    [{ minLength: 2 }, 'a', 'must contain at least 2 characters'],
    [{ maxLength: 2 }, 'abc', 'must contain at most 2 characters'],
    [{ type: 'Number' }, 'x', 'must be a number'],
    [{ type: 'Number', minValue: 2 }, '1', 'must be a number not less than 2'],
    [{ type: 'Number', maxValue: 2 }, '3', 'must be a number not greater than 2'],
    [
      { type: 'AWS::SSM::Parameter::Value<String>' },
      '/name',
      'local AWS does not support parameters from SSM',
    ],
    [{ type: 'Text' }, 'x', 'Unrecognized parameter type: Text'],
    [{ allowedPattern: '(a+)+$' }, `${'a'.repeat(60)}!`, 'takes longer than 100 ms to match'],
    [{ allowedPattern: '(' }, 'a', 'is not a regular expression'],
  ])('a parameter with %j refuses %j', (definition, value, message) => {
    expect(() => parameterStrings(define(definition), given(value))).toThrow(message);
  });

  test('the value of a parameter of a list type is a list', () => {
    const list = { type: 'CommaDelimitedList', noEcho: false };
    expect(parameterValue(list, 'a, b')).toEqual(['a', 'b']);
    expect(parameterValue(list, '')).toEqual([]);
    expect(parameterValue({ type: 'String', noEcho: false }, 'a, b')).toBe('a, b');
  });
});
