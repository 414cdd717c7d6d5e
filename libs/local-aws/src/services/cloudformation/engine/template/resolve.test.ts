import fc from 'fast-check';
import { AwsError } from '../../../../core/errors.ts';
import type { Json } from './json.ts';
import { references } from './references.ts';
import { isKnown, type PartialJson, resolve, type TemplateValues, UNKNOWN } from './resolve.ts';

const environment: TemplateValues = {
  parameters: new Map<string, Json>([
    ['AWS::Region', 'eu-central-1'],
    ['Stage', 'dev'],
    ['Count', '3'],
    ['Names', ['a', 'b']],
  ]),
  mappings: { Sizes: { dev: { Memory: 128, Zones: ['x', 'y'] } } },
  isTrue(condition) {
    if (condition === 'Yes' || condition === 'No') return condition === 'Yes';
    throw new AwsError('ValidationError', `no condition ${condition}`);
  },
  ref: (id) => (id === 'Later' ? UNKNOWN : { Bucket: 'my-bucket' }[id]),
  getAtt: (id, attribute) => (id === 'Later' ? UNKNOWN : `${id}.${attribute}`),
  importValue: (name) => `imported ${name}`,
  stackOutput: ({ StackName, OutputName }) => `${OutputName} of ${StackName}`,
};

const call = (name: string, argument: Json): Json => ({ [name]: argument });

describe('resolve', () => {
  test.each<[Json, Json | undefined]>([
    [{ Ref: 'Stage' }, 'dev'],
    [{ Ref: 'Names' }, ['a', 'b']],
    [{ Ref: 'Bucket' }, 'my-bucket'],
    [{ Ref: 'AWS::NoValue' }, undefined],
    [{ a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
    [call('Fn::GetAtt', 'Bucket.Arn'), 'Bucket.Arn'],
    [call('Fn::GetAtt', ['Bucket', 'Outputs.Url']), 'Bucket.Outputs.Url'],
    [call('Fn::GetAtt', ['Bucket', { Ref: 'Stage' }]), 'Bucket.dev'],
    [
      call('Fn::Sub', `\${Stage}-\${Bucket.Arn}-\${AWS::Region}-\${!Not}`),
      `dev-Bucket.Arn-eu-central-1-\${Not}`,
    ],
    [call('Fn::Sub', [`\${A}\${Stage}`, { A: { Ref: 'Count' } }]), '3dev'],
    [call('Fn::Sub', '$ {x} $'), '$ {x} $'],
    [call('Fn::Join', ['-', ['a', { Ref: 'Stage' }, { Ref: 'AWS::NoValue' }, 1]]), 'a-dev-1'],
    [call('Fn::Join', [',', { Ref: 'Names' }]), 'a,b'],
    [call('Fn::Select', [1, { Ref: 'Names' }]), 'b'],
    [call('Fn::Select', ['1', ['x', 'y']]), 'y'],
    [call('Fn::Select', [0, ['x', { Ref: 'Later' }]]), 'x'],
    [call('Fn::Split', ['|', 'a|b']), ['a', 'b']],
    [call('Fn::If', ['Yes', 1, { Ref: 'Missing' }]), 1],
    [call('Fn::If', ['No', 1, { Ref: 'AWS::NoValue' }]), undefined],
    [call('Fn::FindInMap', ['Sizes', { Ref: 'Stage' }, 'Memory']), 128],
    [call('Fn::FindInMap', ['Sizes', 'dev', 'Zones']), ['x', 'y']],
    [call('Fn::Base64', 'text'), 'dGV4dA=='],
    [call('Fn::ImportValue', { 'Fn::Sub': `\${Stage}-x` }), 'imported dev-x'],
    // A member of a policy, not a function.
    [{ Condition: { StringEquals: { a: 'b' } } }, { Condition: { StringEquals: { a: 'b' } } }],
  ])('%j is resolved', (value, expected) => {
    expect(resolve(value, environment)).toEqual(expected);
  });

  test.each<[Json, string]>([
    [{ Ref: 'Missing' }, 'Unresolved resource dependencies [Missing]'],
    [call('Fn::Select', [2, { Ref: 'Names' }]), 'Fn::Select cannot select nonexistent value at index 2'],
    [call('Fn::Select', [-1, ['a']]), 'an integer index and a list'],
    [call('Fn::FindInMap', ['Sizes', 'prod', 'Memory']), 'Unable to get mapping for Sizes::prod::Memory'],
    [call('Fn::FindInMap', ['Sizes', 'constructor', 'name']), 'Unable to get mapping'],
    [call('Fn::Join', ['-', 'a']), 'every Fn::Join object requires two parameters'],
    [call('Fn::Split', ['', 'a']), 'every Fn::Split object requires two parameters'],
    [call('Fn::Sub', `\${A B}`), 'variable names in Fn::Sub syntax'],
    [call('Fn::Sub', `\${Names}`), 'needs a string'],
    [call('Fn::GetAtt', 'Bucket'), 'every Fn::GetAtt object requires two non-empty parameters'],
    [call('Fn::Cidr', ['10.0.0.0/16', 1, 8]), 'Encountered unsupported function: Fn::Cidr'],
    [call('Fn::GetAZs', ''), 'Encountered unsupported function: Fn::GetAZs'],
    [call('Fn::Equals', [1, 1]), 'Encountered unsupported function: Fn::Equals'],
    [{ 'Fn::Sub': 'a', Other: 1 }, 'must have no other members'],
    [{ Ref: [{ toString: 1 }] }, 'every Ref object must have a single String value'],
    ['{{resolve:ssm:name}}', 'dynamic references'],
  ])('%j is refused', (value, message) => {
    expect(() => resolve(value, environment)).toThrow(message);
  });

  test('a value that depends on a future resource is unknown', () => {
    for (const value of [
      { Ref: 'Later' },
      call('Fn::Sub', `x\${Later}`),
      call('Fn::Join', ['-', ['a', { Ref: 'Later' }]]),
      call('Fn::Base64', { Ref: 'Later' }),
      call('Fn::Select', [0, { 'Fn::Split': ['-', { Ref: 'Later' }] }]),
    ]) {
      expect(resolve(value, environment)).toBe(UNKNOWN);
    }
    const partly = resolve({ a: 1, b: call('Fn::GetAtt', 'Later.Arn') }, environment);
    expect(partly).toEqual({ a: 1, b: UNKNOWN });
    expect(isKnown(partly)).toBe(false);
  });

  test('any value is either resolved or refused with an AwsError', () => {
    const name = fc.constantFrom(
      'Stage',
      'Names',
      'Bucket',
      'Later',
      'Missing',
      'AWS::NoValue',
      'Yes',
      'No',
      '__proto__',
    );
    const { tree } = fc.letrec<{ tree: Json; call: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        name,
        fc.string(),
        fc.integer(),
        fc.constant(null),
        name.map((one) => `\${${one}.x}`),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 3 }),
        tie('call'),
      ),
      call: fc
        .tuple(
          fc.constantFrom(
            'Ref',
            ...[
              'GetAtt',
              'Sub',
              'If',
              'Join',
              'Select',
              'Split',
              'Base64',
              'FindInMap',
              'ImportValue',
              'Or',
            ].map((one) => `Fn::${one}`),
          ),
          tie('tree'),
        )
        .map(([key, argument]) => ({ [key]: argument }) as Json),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        for (const attempt of [() => resolve(value, environment), () => [...references(value)]]) {
          try {
            attempt();
          } catch (error) {
            expect(error).toBeInstanceOf(AwsError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('functions within functions', () => {
  const bomb = (levels: number): Json => {
    let value: Json = 'x';
    for (let level = 0; level < levels; level += 1) {
      value = call('Fn::Sub', [`\${A}\${A}`, { A: value }]);
    }
    return value;
  };
  const tooMuch = 'the functions of a value make more than 4194304 characters';

  test('a text that doubles with each level is made up to the length of the longest property of AWS', () => {
    expect(resolve(bomb(20), environment)).toHaveLength(2 ** 20);
    expect(() => resolve(bomb(22), environment)).toThrow(tooMuch);
    expect(() => resolve(bomb(90), environment)).toThrow(tooMuch);
  });

  test.each<[string, Json]>([
    [
      'a long text, as often as a list has items',
      call('Fn::Join', ['x'.repeat(10_000), Array(1_000).fill('y')]),
    ],
    ['a list of texts that double', Array(8).fill(bomb(19))],
    ['a text that doubles, in base 64', call('Fn::Base64', bomb(21))],
    ['a text that doubles, in pieces', call('Fn::Split', ['x', bomb(21)])],
    [
      'texts in each member of an object',
      Object.fromEntries([...Array(9).keys()].map((key) => [key, bomb(18)])),
    ],
  ])('what makes %s is refused', (_what, value) => {
    expect(() => resolve(value, environment)).toThrow(tooMuch);
  });

  // The functions ask the environment for each name: that is a step.
  test.each<[string, (levels: number) => Json]>([
    ['Fn::Sub', (levels) => within(levels, (value) => call('Fn::Sub', [`\${A}\${A}`, { A: value }]))],
    ['Fn::Join', (levels) => within(levels, (value) => call('Fn::Join', ['', ['', value]]))],
    ['Fn::Select', (levels) => within(levels, (value) => call('Fn::Select', [1, ['x', value]]))],
    ['Fn::If', (levels) => within(levels, (value) => call('Fn::If', ['Yes', value, value]))],
    ['Fn::Base64', (levels) => within(levels, (value) => call('Fn::Base64', value))],
    ['an object', (levels) => within(levels, (value) => ({ a: value }))],
  ])('%s of twice as many levels takes at most twice as many steps', (_what, make) => {
    const steps = (levels: number) => {
      let count = 0;
      const ref = (): PartialJson => {
        count += 1;
        return UNKNOWN;
      };
      resolve(make(levels), { ...environment, ref });
      return count;
    };
    expect(steps(8)).toBeGreaterThan(0);
    expect(steps(80)).toBeLessThanOrEqual(2 * steps(40));
  });

  function within(levels: number, wrap: (value: Json) => Json): Json {
    let value: Json = { Ref: 'Counted' };
    for (let level = 0; level < levels; level += 1) value = wrap(value);
    return value;
  }

  test('all values of a template have one budget', () => {
    const one = { ...environment, budget: { left: 5 * 2 ** 20 } };
    expect(resolve(bomb(20), one)).toHaveLength(2 ** 20);
    resolve(bomb(20), one);
    expect(() => resolve(bomb(20), one)).toThrow('the functions of the template make too many characters');
  });
});
