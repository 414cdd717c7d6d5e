import * as v from 'valibot';
import { permissionsOn, type ResourceState, type ResourceType } from '../../resource-type.ts';
import { type AliasControl, type AliasInput, aliasName, versionName } from '../functions/alias-control.ts';
import { type FunctionReference, functionArn, parseFunctionName } from '../functions/function-name.ts';
import type { FunctionStore } from '../store.ts';

const properties = v.strictObject({
  FunctionName: v.string(),
  FunctionVersion: versionName,
  Name: aliasName,
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  RoutingConfig: v.optional(
    v.strictObject({
      AdditionalVersionWeights: v.optional(
        v.array(
          v.strictObject({
            FunctionVersion: v.string(),
            FunctionWeight: v.pipe(
              v.union([v.number(), v.string()]),
              v.transform(Number),
              v.minValue(0),
              v.maxValue(1),
            ),
          }),
        ),
        [],
      ),
    }),
  ),
});

type Properties = v.InferOutput<typeof properties>;

/** `AWS::Lambda::Alias`: its `Ref` is the alias's ARN. */
export function aliasType(store: FunctionStore, aliases: AliasControl): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::Lambda::Alias',
    properties,
    instead: {
      ProvisionedConcurrencyConfig:
        'Leave it out of the local stage: the first invocation of an environment is a cold start here',
    },
    replacedBy: ['FunctionName', 'Name'],
    requires: ({ handler, properties, ...scope }) =>
      permissionsOn(
        functionArn(parseFunctionName(properties.FunctionName, scope)),
        handler === 'create' && 'lambda:CreateAlias',
        handler === 'update' && 'lambda:UpdateAlias',
        handler === 'delete' ? 'lambda:DeleteAlias' : 'lambda:GetAlias',
      ),
    async create(input, context) {
      const reference = aliasOf(input, context);
      aliases.create(reference, inputOf(input));
      return stateOf(reference);
    },
    async update(_current, input, _previous, context) {
      const reference = aliasOf(input, context);
      aliases.update(reference, inputOf(input));
      return stateOf(reference);
    },
    async delete(_current, input, context) {
      const reference = aliasOf(input, context);
      if (store.find(reference) !== undefined) aliases.delete(reference);
    },
  };
}

function aliasOf({ FunctionName, Name }: Properties, scope: { accountId: string; region: string }) {
  return { ...parseFunctionName(FunctionName, scope), qualifier: Name };
}

function inputOf({ FunctionVersion, Description = '', RoutingConfig }: Properties): AliasInput {
  const weights = RoutingConfig?.AdditionalVersionWeights ?? [];
  return {
    version: FunctionVersion,
    description: Description,
    weights: Object.fromEntries(weights.map((each) => [each.FunctionVersion, each.FunctionWeight])),
  };
}

function stateOf(reference: FunctionReference): ResourceState {
  const arn = functionArn(reference);
  return { physicalId: arn, attributes: { AliasArn: arn } };
}
