import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { permissionsOn, ResourceExistsError, type ResourceType, tagsChange } from '../../resource-type.ts';
import { type ParameterStore, parameterArn } from '../store.ts';

const properties = v.strictObject({
  Name: v.optional(v.string()),
  // CloudFormation cannot make a SecureString either.
  Type: v.picklist(['String', 'StringList']),
  Value: v.pipe(v.string(), v.minLength(1)),
  Description: v.optional(v.string()),
  AllowedPattern: v.optional(v.string()),
  DataType: v.optional(v.literal('text')),
  Tier: v.optional(v.picklist(['Standard', 'Advanced', 'Intelligent-Tiering']), 'Standard'),
  // Kept nowhere: parameters have no tags here.
  Tags: v.optional(v.record(v.string(), v.string())),
});

/** `AWS::SSM::Parameter`. */
export function parameterType(store: ParameterStore): ResourceType<typeof properties> {
  const settings = (given: v.InferOutput<typeof properties>) =>
    defined({
      type: given.Type,
      value: given.Value,
      tier: given.Tier,
      description: given.Description,
      allowedPattern: given.AllowedPattern,
    });
  return {
    typeName: 'AWS::SSM::Parameter',
    properties,
    replacedBy: ['Name'],
    requires(change) {
      const { handler, current, properties: given } = change;
      const name = current?.physicalId ?? given.Name ?? change.generateName({ maxLength: 1011 });
      return permissionsOn(
        parameterArn(change, name),
        ...(handler === 'delete'
          ? ['ssm:DeleteParameter']
          : ['ssm:PutParameter', 'ssm:GetParameters', tagsChange(change) && 'ssm:AddTagsToResource']),
      );
    },
    async create(given, context) {
      const name = given.Name ?? context.generateName({ maxLength: 1011 });
      if (store.find(context, name) !== undefined) {
        throw new ResourceExistsError('AWS::SSM::Parameter', 'Name', name);
      }
      store.put(context, name, settings(given), false);
      return { physicalId: name, attributes: { Type: given.Type, Value: given.Value } };
    },
    async update({ physicalId }, given, _previous, context) {
      store.put(context, physicalId, settings(given), true);
      return { physicalId, attributes: { Type: given.Type, Value: given.Value } };
    },
    async delete({ physicalId }, _given, context) {
      store.delete(context, physicalId);
    },
  };
}
