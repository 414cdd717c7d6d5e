import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { errorOf } from '../../../core/errors.ts';
import type { FunctionAlias, FunctionStore } from '../store.ts';
import { conflict, invalid, notFound, staleRevision } from './errors.ts';
import { type FunctionReference, functionArn } from './function-name.ts';

/** The name of an alias: not a number, which would name a version. */
export const aliasName = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(128),
  v.regex(
    /^(?!^[0-9]+$)[a-zA-Z0-9-_]+$/,
    'Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)',
  ),
);

/** The name of a version that an alias can have. */
export const versionName = v.pipe(
  v.string(),
  v.regex(/^(\$LATEST|[0-9]+)$/, 'Member must satisfy regular expression pattern: (\\$LATEST|[0-9]+)'),
);

/** What an alias says, as a request or a template gives it. */
export interface AliasInput {
  readonly version?: string | undefined;
  readonly description?: string | undefined;
  /** Shares of the invocations, from 0 to 1, by version. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
}

/** Creates, changes and deletes aliases. */
export type AliasControl = ReturnType<typeof createAliasControl>;

/** Creates, changes and deletes aliases, for the API and for CloudFormation. A reference's qualifier is the alias's name. */
export function createAliasControl(store: FunctionStore) {
  const find = (reference: FunctionReference) => store.get(reference).aliases.get(reference.qualifier ?? '');

  function get(reference: FunctionReference): FunctionAlias {
    const alias = find(reference);
    if (alias === undefined) throw notFound(`Cannot find alias arn: ${functionArn(reference)}`);
    return alias;
  }

  function put(reference: FunctionReference, input: AliasInput, previous?: FunctionAlias): FunctionAlias {
    const { qualifier: name = '', ...functionReference } = reference;
    const version = input.version ?? previous?.version ?? '$LATEST';
    const weights = input.weights ?? previous?.weights ?? {};
    checkWeights(version, weights);
    for (const each of [version, ...Object.keys(weights)]) {
      store.version({ ...functionReference, qualifier: each });
    }
    const description = input.description ?? previous?.description ?? '';
    const alias = { name, version, description, weights, revisionId: randomUUID() };
    store.get(reference).aliases.set(name, alias);
    return alias;
  }

  return {
    get,
    /** The aliases of a function, by name. @param version only those that point to this version */
    list(reference: FunctionReference, version?: string): FunctionAlias[] {
      const aliases = [...store.get(reference).aliases.values()];
      return aliases
        .filter((alias) => version === undefined || alias.version === version || version in alias.weights)
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    create(reference: FunctionReference, input: AliasInput): FunctionAlias {
      if (store.find(reference) === undefined)
        store.version({ ...reference, qualifier: input.version ?? '$LATEST' });
      if (find(reference) !== undefined) throw conflict(`Alias already exists: ${functionArn(reference)}`);
      return put(reference, input);
    },
    /** Changes an alias. Absent members keep their value. */
    update(reference: FunctionReference, input: AliasInput, revisionId?: string): FunctionAlias {
      const previous = get(reference);
      if (revisionId !== undefined && revisionId !== previous.revisionId) {
        throw staleRevision('GetFunction/GetAlias');
      }
      return put(reference, input, previous);
    },
    /** Deletes an alias with its policy and its URL. It is no error if it does not exist. */
    delete(reference: FunctionReference): void {
      const { aliases, policies, urls } = store.get(reference);
      if (!aliases.delete(reference.qualifier ?? '')) return;
      policies.delete(reference.qualifier ?? '');
      urls.delete(reference.qualifier ?? '');
    },
  };
}

/** The rules of https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html */
function checkWeights(version: string, weights: Readonly<Record<string, number>>): void {
  const others = Object.entries(weights);
  if (others.length > 1) {
    throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1');
  }
  for (const [other, weight] of others) {
    if (version === '$LATEST') {
      throw invalid('$LATEST is not supported for an alias pointing to more than 1 version');
    }
    if (other === version) {
      throw invalid(
        `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
      );
    }
    if (!/^\d+$/.test(other)) {
      throw errorOf('ValidationException')(
        `1 validation error detected: Value '{${other}=${weight}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]+]`,
      );
    }
  }
}
