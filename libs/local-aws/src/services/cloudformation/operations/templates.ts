import * as v from 'valibot';
import { requiredCapabilities } from '../engine/template/capabilities.ts';
import { validationError } from '../engine/template/errors.ts';
import type { Template } from '../engine/template/template.ts';
import { changeSetOf } from './change-sets.ts';
import { stackNameOrId, templateMembers } from './input.ts';
import { type Engine, onStack, operation, stackOf } from './operation.ts';
import { parameterDeclarations } from './output.ts';
import { checkedTemplate } from './prepare.ts';
import { templateText } from './template-source.ts';

/** The operations about templates as such. */
export function templateOperations(engine: Engine) {
  const { store } = engine;
  return [
    operation('ValidateTemplate', {
      input: v.object(templateMembers),
      requires: ({ TemplateURL }, caller) => onStack(store, caller, undefined, { TemplateUrl: TemplateURL }),
      async handle(input, call) {
        const template = checkedTemplate(await templateText(input, call, engine.templates), engine.types);
        return {
          Parameters: parameterDeclarations(template).map(
            ({ ParameterKey, DefaultValue, NoEcho, Description }) => ({
              ParameterKey,
              DefaultValue,
              NoEcho,
              Description,
            }),
          ),
          Description: template.description,
          ...capabilities(template),
        };
      },
    }),

    operation('GetTemplateSummary', {
      input: v.object({ ...templateMembers, StackName: v.optional(stackNameOrId) }),
      requires: ({ StackName, TemplateURL }, caller) =>
        onStack(store, caller, StackName, { TemplateUrl: TemplateURL }),
      async handle({ StackName, ...source }, call) {
        const text =
          StackName === undefined
            ? await templateText(source, call, engine.templates)
            : (stackOf(store, call, StackName).deployment?.body ?? '');
        const template = checkedTemplate(text, engine.types);
        return {
          Parameters: parameterDeclarations(template),
          Description: template.description,
          ...capabilities(template),
          ResourceTypes: [...new Set([...template.resources.values()].map(({ type }) => type))],
          Version: template.version,
          Metadata: template.metadata === undefined ? undefined : JSON.stringify(template.metadata),
        };
      },
    }),

    operation('GetTemplate', {
      input: v.object({
        StackName: v.optional(stackNameOrId),
        ChangeSetName: v.optional(v.string()),
        TemplateStage: v.optional(v.picklist(['Original', 'Processed'])),
      }),
      requires: ({ StackName }, caller) => onStack(store, caller, StackName),
      handle({ StackName, ChangeSetName }, call) {
        const deployment =
          ChangeSetName !== undefined
            ? changeSetOf(store, call, ChangeSetName, StackName).changeSet.deployment
            : StackName !== undefined
              ? stackOf(store, call, StackName).deployment
              : undefined;
        if (deployment === undefined) {
          throw validationError(
            StackName === undefined
              ? 'Either StackName or ChangeSetName must be specified.'
              : `Stack ${StackName} has no template yet: its change set was not executed.`,
          );
        }
        return { TemplateBody: deployment.body, StagesAvailable: ['Original', 'Processed'] };
      },
    }),
  ];
}

function capabilities(template: Template) {
  const required = requiredCapabilities(template);
  return required === undefined
    ? {}
    : { Capabilities: [required.capability], CapabilitiesReason: required.reason };
}
