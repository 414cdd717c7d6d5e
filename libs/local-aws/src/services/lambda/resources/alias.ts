import * as v from 'valibot';
import { isChanged, permissionsOn, type ResourceState, type ResourceType } from '../../resource-type.ts';
import { type AliasControl, type AliasInput, aliasName, versionName } from '../functions/alias-control.ts';
import { type FunctionReference, functionArn, parseFunctionName } from '../functions/function-name.ts';
import { provisionedConcurrency } from '../functions/settings.ts';
import type { FunctionStore } from '../store.ts';

const properties = v.strictObject({
  FunctionName: v.string(),
  FunctionVersion: versionName,
  Name: aliasName,
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  ProvisionedConcurrencyConfig: provisionedConcurrency,
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
    replacedBy: ['FunctionName', 'Name'],
    requires: (change) => {
      const { handler, properties, previous } = change;
      const { ProvisionedConcurrencyConfig: provisioned } = properties;
      const isProvisioned = handler !== 'delete' && isChanged(change, 'ProvisionedConcurrencyConfig');
      const isEnded = isProvisioned && provisioned === undefined && previous !== undefined;
      return [
        ...permissionsOn(
          functionArn(parseFunctionName(properties.FunctionName, change)),
          handler === 'create' && 'lambda:CreateAlias',
          handler === 'update' && 'lambda:UpdateAlias',
          handler === 'delete' ? 'lambda:DeleteAlias' : 'lambda:GetAlias',
        ),
        ...permissionsOn(
          functionArn(aliasOf(properties, change)),
          isProvisioned && provisioned && 'lambda:PutProvisionedConcurrencyConfig',
          isProvisioned && provisioned && 'lambda:GetProvisionedConcurrencyConfig',
          isEnded && 'lambda:DeleteProvisionedConcurrencyConfig',
        ),
      ];
    },
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
