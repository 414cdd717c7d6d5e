import { domainOf } from '../../core/aws-domains.ts';
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope.ts';

/** A repository. It has no images. */
export interface Repository extends Scope {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly createdAt: Date;
}

/** The ARN of a repository. */
export function repositoryArn({ accountId, region }: Scope, name: string): string {
  return `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
}

/** The repositories of all accounts and regions. */
export class RepositoryStore {
  readonly #clock: Clock;
  readonly #repositories = new Map<string, Repository>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  create(scope: Scope, name: string): Repository {
    if (!/^(?=.{2,256}$)[a-z0-9]+(?:[._\-/][a-z0-9]+)*$/.test(name)) {
      throw new AwsError(
        'InvalidParameterException',
        `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'': ${name.slice(0, 300)}`,
      );
    }
    const { accountId, region } = scope;
    const arn = repositoryArn(scope, name);
    const repository: Repository = {
      ...{ accountId, region, name, arn, createdAt: this.#clock.now() },
      uri: `${accountId}.dkr.ecr.${region}.${domainOf(region)}/${name}`,
    };
    this.#repositories.set(arn, repository);
    return repository;
  }

  find(scope: Scope, name: string): Repository | undefined {
    return this.#repositories.get(repositoryArn(scope, name));
  }

  list({ accountId, region }: Scope): readonly Repository[] {
    return [...this.#repositories.values()].filter(
      (repository) => repository.accountId === accountId && repository.region === region,
    );
  }

  delete(scope: Scope, name: string): void {
    this.#repositories.delete(repositoryArn(scope, name));
  }
}
