import type { Json } from './json.ts';
import { readTemplate } from './template.ts';

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
      ['A', expect.objectContaining({ DependsOn: ['B'], Metadata: { a: 1 }, DeletionPolicy: 'Delete' })],
      ['B', expect.objectContaining({ Properties: {}, DependsOn: [] })],
    ]),
    outputs: new Map([['Url', { Value: 'x', Export: { Name: 'url' } }]]),
  });
});

test.each<[{ [section: string]: Json }, string]>([
  [{ Resources: [] }, '[/Resources] Resources must be an object.'],
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
  [{ Mappings: { M: { a: 1 } } }, '[/Mappings/M] Every Mappings attribute must be an object of objects.'],
  [{ Outputs: { O: {} } }, '[/Outputs/O] Every Outputs member must contain a Value object'],
  [
    { Outputs: { O: { Value: 1, Condition: {} } } },
    '[/Outputs/O/Condition] Every Condition member must be a string.',
  ],
])('the template sections %j are refused', (sections, message) => {
  expect(() => readTemplate({ Resources, ...sections })).toThrow(`Template format error: ${message}`);
});
