import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { type Operation, operationsOf } from '../../../protocols/operation.ts';
import { type RepositoryStore, repositoryArn } from '../store.ts';

const operation = operationsOf('ecr', 'InvalidParameterException');

/** The operations on repositories. */
export const repositoryOperations = (store: RepositoryStore): readonly Operation[] => [
  operation('DescribeRepositories', {
    input: v.object({
      registryId: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/))),
      repositoryNames: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100))),
    }),
    requires({ registryId, repositoryNames = ['*'] }, { accountId, region }) {
      const owner = registryId ?? accountId;
      return repositoryNames.map((name) => ({
        resource: repositoryArn({ accountId: owner, region }, name),
        resourceAccountId: owner,
      }));
    },
    handle({ registryId, repositoryNames }, { accountId, region }) {
      const registry = { accountId: registryId ?? accountId, region };
      const found = repositoryNames?.map((name) => {
        const repository = store.find(registry, name);
        if (repository !== undefined) return repository;
        throw new AwsError(
          'RepositoryNotFoundException',
          `The repository with name '${name}' does not exist in the registry with id '${registry.accountId}'`,
        );
      });
      return {
        repositories: (found ?? store.list(registry)).map((repository) => ({
          repositoryArn: repository.arn,
          registryId: repository.accountId,
          repositoryName: repository.name,
          repositoryUri: repository.uri,
          createdAt: repository.createdAt,
        })),
      };
    },
  }),
];
