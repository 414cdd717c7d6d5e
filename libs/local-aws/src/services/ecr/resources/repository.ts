import * as v from 'valibot';
import { templateTags } from '../../../protocols/shapes.ts';
import { permissionsOn, ResourceExistsError, type ResourceType, tagsChange } from '../../resource-type.ts';
import { type Repository, type RepositoryStore, repositoryArn } from '../store.ts';

const settings = v.optional(v.record(v.string(), v.unknown()));

const properties = v.strictObject({
  RepositoryName: v.optional(v.string()),
  EmptyOnDelete: v.optional(v.boolean()),
  EncryptionConfiguration: settings,
  ImageScanningConfiguration: settings,
  ImageTagMutability: v.optional(v.picklist(['MUTABLE', 'IMMUTABLE'])),
  LifecyclePolicy: settings,
  RepositoryPolicyText: v.optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
  Tags: v.optional(templateTags),
});

/** `AWS::ECR::Repository`. Nothing can be pushed to it: functions are zips here. */
export function repositoryType(store: RepositoryStore): ResourceType<typeof properties> {
  return {
    typeName: 'AWS::ECR::Repository',
    isInert: true,
    properties,
    replacedBy: ['RepositoryName', 'EncryptionConfiguration'],
    requires(change) {
      const { handler, current, properties: given } = change;
      const name = current?.physicalId ?? given.RepositoryName ?? change.generateName({ lowerCase: true });
      const actions = {
        create: [
          'ecr:CreateRepository',
          'ecr:PutLifecyclePolicy',
          'ecr:SetRepositoryPolicy',
          tagsChange(change) && 'ecr:TagResource',
        ],
        update: [
          'ecr:PutLifecyclePolicy',
          'ecr:SetRepositoryPolicy',
          tagsChange(change) && 'ecr:TagResource',
        ],
        delete: ['ecr:DeleteRepository'],
      };
      return permissionsOn(repositoryArn(change, name), ...actions[handler]);
    },
    async create({ RepositoryName }, context) {
      const name = RepositoryName ?? context.generateName({ maxLength: 256, lowerCase: true });
      if (store.find(context, name) !== undefined) {
        throw new ResourceExistsError('AWS::ECR::Repository', 'RepositoryName', name);
      }
      return stateOf(store.create(context, name));
    },
    update: async (current) => current,
    async delete({ physicalId }, _properties, context) {
      store.delete(context, physicalId);
    },
  };
}

function stateOf({ name, arn, uri }: Repository) {
  return { physicalId: name, attributes: { Arn: arn, RepositoryUri: uri } };
}
