import {
  CreateChangeSetCommand,
  GetTemplateSummaryCommand,
  type GetTemplateSummaryCommandInput,
} from '@aws-sdk/client-cloudformation';
import { body, type Cloud, create, createCloud, thing } from './cloudformation.testing.ts';

async function summarize(cloud: Cloud, input: GetTemplateSummaryCommandInput) {
  const { $metadata: _, ...summary } = await cloud.client.send(new GetTemplateSummaryCommand(input));
  return summary;
}

/*
 * The members are those of https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html, and AWS's
 * own example, which has an empty list of parameters:
 * https://github.com/aws/aws-cli/blob/develop/awscli/examples/cloudformation/get-template-summary.rst
 */
describe('GetTemplateSummary', () => {
  const template = body(
    { A: thing(), B: thing(), Role: { Type: 'AWS::IAM::Role' } },
    {
      AWSTemplateFormatVersion: '2010-09-09',
      Description: 'Things',
      Metadata: { 'AWS::CloudFormation::Interface': { ParameterGroups: [] } },
      Parameters: {
        Stage: { Type: 'String', Default: 'dev', AllowedValues: ['dev', 'prod'], Description: 'the stage' },
        Secret: { Type: 'String', Default: 'hunter2', NoEcho: true },
      },
    },
  );
  const expected = {
    Description: 'Things',
    Version: '2010-09-09',
    Metadata: '{"AWS::CloudFormation::Interface":{"ParameterGroups":[]}}',
    ResourceTypes: ['AWS::Test::Thing', 'AWS::IAM::Role'],
    Capabilities: ['CAPABILITY_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
    Parameters: [
      {
        ParameterKey: 'Stage',
        ParameterType: 'String',
        DefaultValue: 'dev',
        Description: 'the stage',
        NoEcho: false,
        ParameterConstraints: { AllowedValues: ['dev', 'prod'] },
      },
      {
        ParameterKey: 'Secret',
        ParameterType: 'String',
        DefaultValue: '****',
        NoEcho: true,
        ParameterConstraints: {},
      },
    ],
  };

  test('GetTemplateSummary describes a template that is sent, one in S3, and the template of a stack', async () => {
    const cloud = createCloud(new Map([['bucket/template', template]]));
    await create(cloud, template, { Capabilities: ['CAPABILITY_IAM'] });
    const TemplateURL = 'https://s3.amazonaws.com/bucket/template';
    for (const input of [{ TemplateBody: template }, { TemplateURL }, { StackName: 'app' }]) {
      expect(await summarize(cloud, input)).toEqual(expected);
    }
  });

  test('GetTemplateSummary has an empty list if a template has no parameters, because SAM CLI reads the list', async () => {
    const cloud = createCloud();
    await create(cloud, body({ A: thing() }));
    expect(await summarize(cloud, { StackName: 'app' })).toEqual({
      Parameters: [],
      ResourceTypes: ['AWS::Test::Thing'],
    });
  });

  test('GetTemplateSummary refuses an unknown resource type, or warns about it', async () => {
    const cloud = createCloud();
    const TemplateBody = body({ A: thing(), B: { Type: 'AWS::Test::Other' } });
    await expect(summarize(cloud, { TemplateBody })).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining('AWS::Test::Other (B)'),
    });
    const TemplateSummaryConfig = { TreatUnrecognizedResourceTypesAsWarnings: true };
    expect(await summarize(cloud, { TemplateBody, TemplateSummaryConfig })).toMatchObject({
      ResourceTypes: ['AWS::Test::Thing', 'AWS::Test::Other'],
      Warnings: { UnrecognizedResourceTypes: ['AWS::Test::Other'] },
    });
  });

  test('GetTemplateSummary needs exactly one template', async () => {
    const cloud = createCloud();
    const message =
      'You must specify only one of the following parameters: StackName, TemplateBody, or TemplateURL.';
    for (const input of [{}, { StackName: 'app', TemplateBody: template }]) {
      await expect(summarize(cloud, input)).rejects.toMatchObject({ name: 'ValidationError', message });
    }
  });

  test('GetTemplateSummary finds no template until the first change set of a stack is executed', async () => {
    const cloud = createCloud();
    const missing = { name: 'ValidationError', message: 'Stack with id app does not exist' };
    await expect(summarize(cloud, { StackName: 'app' })).rejects.toMatchObject(missing);
    await cloud.client.send(
      new CreateChangeSetCommand({
        StackName: 'app',
        ChangeSetName: 'first',
        ChangeSetType: 'CREATE',
        TemplateBody: body({ A: thing() }),
      }),
    );
    await expect(summarize(cloud, { StackName: 'app' })).rejects.toThrow(
      'GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.',
    );
  });
});
