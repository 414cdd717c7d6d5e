import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { tagKey, tagValue } from '../../../protocols/shapes.ts';
import type { ResourcePermission } from '../../resource-type.ts';
import type { CodePackages } from '../code/packages.ts';
import type { FunctionControl } from '../functions/function-control.ts';
import { functionArn } from '../functions/function-name.ts';
import { architectureEntries, settingsEntries } from '../functions/settings.ts';
import type { FunctionVersion } from '../store.ts';
import { FUNCTION, functionOperationsOf, operation, pageOf, paging } from './operation.ts';

const codeEntries = {
  ZipFile: v.optional(
    v.pipe(
      v.string(),
      v.check(isBase64, 'must be Base64'),
      v.transform((text) => Buffer.from(text, 'base64')),
    ),
  ),
  S3Bucket: v.optional(v.string()),
  S3Key: v.optional(v.string()),
} as const;

/** A regular expression, as in `v.base64()`, overflows the stack from 5 MB on. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, 'base64').length === Buffer.byteLength(text, 'base64');
}

/** The operations on functions, their settings and their versions. */
export function functionOperations(control: FunctionControl, packages: CodePackages): readonly Operation[] {
  const { store } = control;
  const functionOperation = functionOperationsOf(store);
  return [
    functionOperation('CreateFunction', {
      http: 'POST /2015-03-31/functions',
      status: 201,
      input: {
        ...settingsEntries,
        ...architectureEntries,
        Code: v.object(codeEntries),
        PackageType: v.optional(v.literal('Zip')),
        Tags: v.optional(v.record(tagKey, tagValue)),
      },
      requires: (permission, { Role }) => [permission, ...passRole(Role)],
      async handle({ name }, input, call) {
        const created = await control.create(call, {
          name,
          settings: input,
          code: input.Code,
          tags: input.Tags,
        });
        return describeVersion(created.latest);
      },
    }),
    operation('ListFunctions', {
      http: 'GET /2015-03-31/functions',
      input: v.object(paging),
      requires: () => '*',
      handle(input, call) {
        const { items, next } = pageOf(store.list(call), input);
        return { Functions: items.map(({ latest }) => describeVersion(latest)), NextMarker: next };
      },
    }),
    functionOperation('GetFunction', {
      http: `GET ${FUNCTION}`,
      handle(reference) {
        const { tags, reservedConcurrency } = store.get(reference);
        const version = store.version(reference);
        return {
          Configuration: describeVersion(version, reference.qualifier !== undefined),
          Code: { RepositoryType: 'S3', Location: packages.url(version.code) },
          Tags: Object.keys(tags).length === 0 ? undefined : tags,
          Concurrency:
            reservedConcurrency === undefined
              ? undefined
              : { ReservedConcurrentExecutions: reservedConcurrency },
        };
      },
    }),
    functionOperation('GetFunctionConfiguration', {
      http: `GET ${FUNCTION}/configuration`,
      handle: (reference) => describeVersion(store.version(reference), reference.qualifier !== undefined),
    }),
    functionOperation('UpdateFunctionConfiguration', {
      http: `PUT ${FUNCTION}/configuration`,
      input: settingsEntries,
      requires: (permission, { Role }) => [permission, ...passRole(Role)],
      async handle(reference, input) {
        const changed = store.get(reference);
        return describeVersion(await control.configure(changed, input, changed.latest.settings));
      },
    }),
    functionOperation('UpdateFunctionCode', {
      http: `PUT ${FUNCTION}/code`,
      input: { ...codeEntries, ...architectureEntries },
      handle: async (reference, input) =>
        describeVersion(await control.updateCode(store.get(reference), input, input)),
    }),
    functionOperation('DeleteFunction', {
      http: `DELETE ${FUNCTION}`,
      status: 204,
      handle: (reference) => control.delete(reference),
    }),
    functionOperation('ListVersionsByFunction', {
      http: `GET ${FUNCTION}/versions`,
      input: paging,
      handle(reference, input) {
        const { latest, published } = store.get(reference);
        const { items, next } = pageOf([latest, ...published.values()], input);
        return { Versions: items.map((version) => describeVersion(version, true)), NextMarker: next };
      },
    }),
    functionOperation('ListAliases', {
      http: `GET ${FUNCTION}/aliases`,
      input: { FunctionVersion: v.optional(v.string()), ...paging },
      handle(reference) {
        store.get(reference);
        // Local AWS has no operation that creates an alias.
        return { Aliases: [] };
      },
    }),
  ];
}

/** The permission to pass a role to Lambda. */
export function passRole(roleArn: string | undefined): readonly ResourcePermission[] {
  if (roleArn === undefined) return [];
  return [
    {
      action: 'iam:PassRole',
      resource: roleArn,
      resourceAccountId: roleArn.split(':')[4] ?? '',
      context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    },
  ];
}

/** A version in a response. @param isQualified whether the ARN includes the version */
function describeVersion(version: FunctionVersion, isQualified = false): object {
  const { settings, code } = version;
  const { Environment, ...others } = settings;
  return {
    ...others,
    Environment: Object.keys(Environment.Variables).length === 0 ? undefined : Environment,
    FunctionName: version.name,
    FunctionArn: functionArn(isQualified ? { ...version, qualifier: version.version } : version),
    CodeSize: code.size,
    CodeSha256: code.sha256,
    LastModified: version.lastModified.toISOString().replace('Z', '+0000'),
    Version: version.version,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
  };
}
