import {
  expandedTemplate,
  hasTranslator,
  packagedTemplate,
} from '../../../../../test/article/article.testing.ts';
import awsManagedPolicies from '../../../../identity/aws-managed-policies.json' with { type: 'json' };
import type { JsonObject } from './json.ts';
import { transformParameters } from './parameters.ts';
import { createSamExpander } from './sam.ts';
import { parseTemplate } from './template.ts';

// sam.test.ts needs no translator.

/** Without AWS's translator, tests of the stack deploy the committed expansions. */
const ifTranslator = hasTranslator() ? test : test.skip;

const expander = createSamExpander();
const expand = (template: JsonObject, parameters: Readonly<Record<string, string>> = {}) =>
  expander(template, 'eu-central-1', new Map(Object.entries(parameters)));

ifTranslator.each(['api', 'caller'] as const)(
  'AWS’s translator expands the %s of the article’s stack to what is committed.',
  async (part) => {
    const expanded = await expand(parseTemplate(await packagedTemplate(part)));
    expect(expanded).toEqual(JSON.parse(await expandedTemplate(part)));
  },
);

const withFunction = (Properties: JsonObject): JsonObject => ({
  Transform: 'AWS::Serverless-2016-10-31',
  Parameters: { Alias: { Type: 'String' } },
  Resources: {
    Function: {
      Type: 'AWS::Serverless::Function',
      Properties: {
        InlineCode: 'x',
        Handler: 'index.handler',
        Runtime: 'python3.13',
        ...Properties,
      },
    },
  },
});

ifTranslator(
  'The translator sees the values of parameters, and knows the managed policies of local AWS by name.',
  async () => {
    const template = withFunction({
      Policies: ['AWSLambda_FullAccess', 'AdministratorAccess'],
      AutoPublishAlias: { Ref: 'Alias' },
    });
    const { Resources } = await expand(template, { Alias: 'live' });
    expect(Resources).toMatchObject({
      FunctionAliaslive: { Type: 'AWS::Lambda::Alias' },
      FunctionRole: {
        Properties: {
          ManagedPolicyArns: expect.arrayContaining(['arn:aws:iam::aws:policy/AdministratorAccess']),
        },
      },
    });
  },
);

ifTranslator('The translator gets parameters of list types as lists, also their defaults.', async () => {
  const Auth = {
    ResourcePolicy: { IpRangeBlacklist: { Ref: 'Blocked' }, IpRangeWhitelist: { Ref: 'Admitted' } },
  };
  const Events = {
    Get: { Type: 'Api', Properties: { Path: '/', Method: 'get', RestApiId: { Ref: 'Api' } } },
  };
  const { Resources, ...others } = withFunction({ Events });
  const source = {
    ...others,
    Parameters: {
      Blocked: { Type: 'CommaDelimitedList', Default: '10.20.30.40, 1.0.0.0/16' },
      Admitted: { Type: 'CommaDelimitedList' },
    },
    Resources: {
      ...(Resources as JsonObject),
      Api: { Type: 'AWS::Serverless::Api', Properties: { StageName: 'Prod', Auth } },
    },
  };
  const values = transformParameters(source, new Map([['Admitted', '1.1.0.0/16']]));
  const expanded = await expander(source, 'eu-central-1', values);
  const policy = JSON.stringify(expanded);
  expect(policy).toContain('{"IpAddress":{"aws:SourceIp":["10.20.30.40","1.0.0.0/16"]}}');
  expect(policy).toContain('{"NotIpAddress":{"aws:SourceIp":["1.1.0.0/16"]}}');
});

ifTranslator.each([
  ['SQS', 'Queue'],
  ['Kinesis', 'Stream'],
  ['DynamoDB', 'Stream'],
])(
  'The role of a function that reads from %s gets a managed policy that local AWS has.',
  async (Type, member) => {
    const source = 'arn:aws:any:eu-central-1:111111111111:any/source';
    const Properties = { [member]: source, ...(member === 'Stream' && { StartingPosition: 'LATEST' }) };
    const { Resources } = await expand(withFunction({ Events: { Read: { Type, Properties } } }));
    const { Properties: role } = (Resources as Record<string, { Properties: JsonObject }>).FunctionRole ?? {};
    const known = awsManagedPolicies.map(({ path, name }) => `arn:aws:iam::aws:policy${path}${name}`);
    const attached = role?.ManagedPolicyArns as string[];
    expect(attached).toHaveLength(2);
    expect(known).toEqual(expect.arrayContaining(attached));
  },
);

ifTranslator('The error of the translator names each resource that it refuses.', async () => {
  await expect(expand(withFunction({ Unknown: 7 }))).rejects.toThrow(
    /^Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document\. Number of errors found: 1\. Resource with id \[Function\] is invalid\. /,
  );
});
