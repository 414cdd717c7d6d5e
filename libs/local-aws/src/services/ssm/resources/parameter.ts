import * as v from 'valibot';
import type { Scope } from '../../../core/scope.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { permissionsOn, ResourceExistsError, type ResourceType, tagsChange } from '../../resource-type.ts';
import { type ParameterStore, parameterArn } from '../store.ts';

const properties = v.strictObject({
  Name: v.optional(v.string()),
  // CloudFormation cannot make a SecureString either.
  Type: v.picklist(['String', 'StringList']),
  Value: v.pipe(v.string(), v.minLength(1)),
  Description: withoutEffect(v.optional(v.string()), 'descriptions cannot be read'),
  AllowedPattern: withoutEffect(v.optional(v.string()), 'values are not checked'),
  DataType: v.optional(v.literal('text')),
  Tier: v.optional(v.picklist(['Standard', 'Advanced', 'Intelligent-Tiering']), 'Standard'),
  Tags: withoutEffect(v.optional(v.record(v.string(), v.string())), 'tags of parameters cannot be read'),
});

/**
 * The form of a generated name: `CFN-<logicalId>-<random>`, of at most 40 characters, without the name of the stack.
 * https://github.com/aws-cloudformation/aws-cloudformation-resource-providers-ssm/blob/master/aws-ssm-parameter/src/main/java/com/amazonaws/ssm/parameter/CreateHandler.java
 */
const GENERATED = { prefix: 'CFN', maxLength: 40 };

type Properties = v.InferOutput<typeof properties>;

/** `AWS::SSM::Parameter`. */
export function parameterType(store: ParameterStore): ResourceType<typeof properties> {
  const put = (scope: Scope, name: string, { Type, Value, Tier }: Properties, overwrite: boolean) => {
    store.put(scope, name, { type: Type, value: Value, tier: Tier }, overwrite);
    return { physicalId: name, attributes: { Type, Value } };
  };
  return {
    typeName: 'AWS::SSM::Parameter',
    properties,
    replacedBy: ['Name'],
    requires(change) {
      const { handler, current, properties: given } = change;
      const name = current?.physicalId ?? given.Name ?? change.generateName(GENERATED);
      return permissionsOn(
        parameterArn(change, name),
        ...(handler === 'delete'
          ? ['ssm:DeleteParameter']
          : ['ssm:PutParameter', 'ssm:GetParameters', tagsChange(change) && 'ssm:AddTagsToResource']),
      );
    },
    async create(given, context) {
      const name = given.Name ?? context.generateName(GENERATED);
      if (store.find(context, name) !== undefined) {
        throw new ResourceExistsError('AWS::SSM::Parameter', 'Name', name);
      }
      return put(context, name, given, false);
    },
    update: async ({ physicalId }, given, _previous, context) => put(context, physicalId, given, true),
    async delete({ physicalId }, _given, context) {
      store.delete(context, physicalId);
    },
  };
}
