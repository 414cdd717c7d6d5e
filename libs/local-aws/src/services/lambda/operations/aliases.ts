import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { type AliasControl, type AliasInput, aliasName, versionName } from '../functions/alias-control.ts';
import { type FunctionReference, functionArn } from '../functions/function-name.ts';
import type { FunctionAlias, FunctionStore } from '../store.ts';
import { FUNCTION, functionOperationsOf, pageOf, paging } from './operation.ts';

const ALIAS = `${FUNCTION}/aliases/{Name}`;

const aliasEntries = {
  Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
  RoutingConfig: v.optional(
    v.strictObject({
      AdditionalVersionWeights: v.optional(
        v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
      ),
    }),
  ),
} as const;

type AliasMembers = v.InferOutput<v.ObjectSchema<typeof aliasEntries, undefined>> & {
  readonly FunctionVersion?: string | undefined;
};

/** The operations on aliases. The caller needs the permission on the function, without the alias. */
export function aliasOperations(store: FunctionStore, aliases: AliasControl): readonly ServiceOperation[] {
  const functionOperation = functionOperationsOf(store);
  const aliasOf = (reference: FunctionReference, { Name }: { readonly Name: string }) => ({
    ...reference,
    qualifier: Name,
  });
  return [
    functionOperation('CreateAlias', {
      http: `POST ${FUNCTION}/aliases`,
      status: 201,
      input: { ...aliasEntries, Name: aliasName, FunctionVersion: versionName },
      handle(reference, input) {
        const alias = aliasOf(reference, input);
        return describeAlias(alias, aliases.create(alias, inputOf(input)));
      },
    }),
    functionOperation('GetAlias', {
      http: `GET ${ALIAS}`,
      input: { Name: v.string() },
      handle(reference, input) {
        const alias = aliasOf(reference, input);
        return describeAlias(alias, aliases.get(alias));
      },
    }),
    functionOperation('UpdateAlias', {
      http: `PUT ${ALIAS}`,
      input: {
        ...aliasEntries,
        Name: v.string(),
        FunctionVersion: v.optional(versionName),
        RevisionId: v.optional(v.string()),
      },
      handle(reference, input) {
        const alias = aliasOf(reference, input);
        return describeAlias(alias, aliases.update(alias, inputOf(input), input.RevisionId));
      },
    }),
    functionOperation('DeleteAlias', {
      http: `DELETE ${ALIAS}`,
      status: 204,
      input: { Name: v.string() },
      handle: (reference, input) => aliases.delete(aliasOf(reference, input)),
    }),
    functionOperation('ListAliases', {
      http: `GET ${FUNCTION}/aliases`,
      input: { FunctionVersion: v.optional(versionName), ...paging },
      handle(reference, input) {
        const { items, next } = pageOf(aliases.list(reference, input.FunctionVersion), input);
        const described = items.map((each) => describeAlias(aliasOf(reference, { Name: each.name }), each));
        return { Aliases: described, NextMarker: next };
      },
    }),
  ];
}

function inputOf({ FunctionVersion, Description, RoutingConfig }: AliasMembers): AliasInput {
  // An empty RoutingConfig ends the routing to a second version.
  const weights = RoutingConfig && (RoutingConfig.AdditionalVersionWeights ?? {});
  return { version: FunctionVersion, description: Description, weights };
}

function describeAlias(reference: FunctionReference, alias: FunctionAlias): object {
  const { name, version, description, weights, revisionId } = alias;
  return defined({
    AliasArn: functionArn(reference),
    Name: name,
    FunctionVersion: version,
    Description: description,
    RoutingConfig: Object.keys(weights).length === 0 ? undefined : { AdditionalVersionWeights: weights },
    RevisionId: revisionId,
  });
}
