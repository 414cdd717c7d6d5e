import * as v from 'valibot';
import { AwsError } from '../../../core/errors.ts';
import { operationsOf, type ServiceOperation } from '../../../protocols/operation.ts';

const operation = operationsOf('ecr', 'InvalidParameterException');

/** The operations on repositories. No repository exists. */
export const repositoryOperations: readonly ServiceOperation[] = [
  operation('DescribeRepositories', {
    input: v.object({
      registryId: v.optional(v.pipe(v.string(), v.regex(/^\d{12}$/))),
      repositoryNames: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(100))),
    }),
    requires: ({ registryId, repositoryNames = ['*'] }, { accountId, region }) =>
      repositoryNames.map((name) => ({
        resource: `arn:aws:ecr:${region}:${registryId ?? accountId}:repository/${name}`,
        resourceAccountId: registryId ?? accountId,
      })),
    handle({ registryId, repositoryNames }, { accountId }) {
      const [name] = repositoryNames ?? [];
      if (name === undefined) return { repositories: [] };
      throw new AwsError(
        'RepositoryNotFoundException',
        `The repository with name '${name}' does not exist in the registry with id '${registryId ?? accountId}'`,
      );
    },
  }),
];
