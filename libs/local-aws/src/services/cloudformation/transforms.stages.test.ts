import {
  CreateChangeSetCommand,
  CreateStackCommand,
  GetTemplateCommand,
  GetTemplateSummaryCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { hasTranslator } from '../../../test/article/article.testing.ts';
import { body, type Cloud, createCloud, thing } from './cloudformation.testing.ts';

const Transform = 'AWS::Serverless-2016-10-31';
const Parameters = { Text: { Type: 'String', Default: 'a' } };
const Globals = { Function: { Timeout: 5 } };
const TemplateBody = body({ Thing: thing({ Text: { Ref: 'Text' } }) }, { Transform, Globals, Parameters });
const expanded = { Resources: { Thing: thing({ Text: { Ref: 'Text' } }) }, Parameters };
const Capabilities = ['CAPABILITY_AUTO_EXPAND' as const];

/** A test that needs AWS's translator. */
const ifTranslator = (name: string, run: (cloud: Cloud) => Promise<void>) =>
  (hasTranslator() ? test : test.skip)(name, () => run(createCloud()));

ifTranslator('A stack of a SAM template has its text, and what it was expanded to.', async (cloud) => {
  const { client, service, things } = cloud;
  await client.send(new CreateStackCommand({ StackName: 'sam', TemplateBody, Capabilities }));
  await service.idle();
  expect([...things.values()]).toMatchObject([{ logicalId: 'Thing', properties: { Text: 'a' } }]);

  const templateOf = async (TemplateStage?: 'Original' | 'Processed') =>
    (await client.send(new GetTemplateCommand({ StackName: 'sam', TemplateStage }))).TemplateBody ?? '';
  expect(await templateOf('Original')).toBe(TemplateBody);
  expect(JSON.parse(await templateOf('Processed'))).toEqual(expanded);
  expect(await templateOf()).toBe(await templateOf('Processed'));

  const Text = { ParameterKey: 'Text', ParameterValue: 'b' };
  const update = { StackName: 'sam', UsePreviousTemplate: true, Parameters: [Text] };
  await client.send(new UpdateStackCommand({ ...update, Capabilities }));
  await service.idle();
  expect([...things.values()]).toMatchObject([{ logicalId: 'Thing', properties: { Text: 'b' } }]);
});

ifTranslator(
  'Only a change set shows the expansion first, so only it needs no CAPABILITY_AUTO_EXPAND.',
  async (cloud) => {
    const { client, service } = cloud;
    const refusal = {
      name: 'InsufficientCapabilitiesException',
      message: 'Requires capabilities : [CAPABILITY_AUTO_EXPAND]',
    };
    const stack = { StackName: 'sam', TemplateBody };
    await expect(client.send(new CreateStackCommand(stack))).rejects.toMatchObject(refusal);
    const changeSet = { ...stack, ChangeSetName: 'first', ChangeSetType: 'CREATE' as const };
    await client.send(new CreateChangeSetCommand({ ...changeSet, StackName: 'other' }));

    await client.send(new CreateStackCommand({ ...stack, Capabilities }));
    await service.idle();
    await expect(client.send(new UpdateStackCommand(stack))).rejects.toMatchObject(refusal);
  },
);

ifTranslator('The checks of a template name its transform.', async ({ client }) => {
  const DeclaredTransforms = [Transform];
  expect(await client.send(new ValidateTemplateCommand({ TemplateBody }))).toMatchObject({
    DeclaredTransforms,
  });
  expect(await client.send(new GetTemplateSummaryCommand({ TemplateBody }))).toMatchObject({
    DeclaredTransforms,
    ResourceTypes: ['AWS::Test::Thing'],
  });
});

test('A template with another transform is refused, and one without has none.', async () => {
  const { client } = createCloud();
  const other = body({ Thing: thing() }, { Transform: ['AWS::LanguageExtensions', Transform] });
  await expect(client.send(new ValidateTemplateCommand({ TemplateBody: other }))).rejects.toThrow(
    `local AWS does not support Transform: deploy the template with its macros already expanded. Only ${Transform}, alone, is expanded here.`,
  );
  const plain = await client.send(new ValidateTemplateCommand({ TemplateBody: body({ Thing: thing() }) }));
  expect(plain).not.toHaveProperty('DeclaredTransforms');
});
