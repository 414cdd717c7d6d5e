import * as v from 'valibot';
import { requiredCapabilities } from '../engine/template/capabilities.ts';
import { validationError } from '../engine/template/errors.ts';
import { changeSetOf } from './change-sets.ts';
import { stackNameOrId, templateMembers } from './input.ts';
import { type Engine, operationsOn, stackOf } from './operation.ts';
import { templateParameters } from './output.ts';
import { checkedTemplate } from './prepare.ts';
import { templateText } from './template-source.ts';

/** The operations about templates as such. */
export function templateOperations(engine: Engine) {
  const { store } = engine;
  const operation = operationsOn(store);
  return [
    operation('ValidateTemplate', {
      input: v.object(templateMembers),
      async handle(input, call) {
        const template = checkedTemplate(await templateText(input, call, engine.templates), engine.types);
        const required = requiredCapabilities(template);
        return {
          Parameters: templateParameters(template),
          Description: template.description,
          Capabilities: required && [required.capability],
          CapabilitiesReason: required?.reason,
        };
      },
    }),

    operation('GetTemplate', {
      input: v.object({
        StackName: v.optional(stackNameOrId),
        ChangeSetName: v.optional(v.string()),
        TemplateStage: v.optional(v.picklist(['Original', 'Processed'])),
      }),
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
