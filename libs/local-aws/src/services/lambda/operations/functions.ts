import * as v from 'valibot';
import type { Operation } from '../../../protocols/operation.ts';
import { tagKey, tagValue } from '../../../protocols/shapes.ts';
import type { ResourcePermission } from '../../resource-type.ts';
import type { CodeSource, FunctionControl } from '../functions/function-control.ts';
import { functionArn } from '../functions/function-name.ts';
import { architectureEntries, invalid, settingsEntries } from '../functions/settings.ts';
import type { FunctionVersion } from '../store.ts';
import { FUNCTION, functionOperationsOf, operation, pageOf, paging } from './operation.ts';

const codeEntries = {
  ZipFile: v.optional(
    v.pipe(
      v.string(),
      v.base64(),
      v.transform((text) => Buffer.from(text, 'base64')),
    ),
  ),
  S3Bucket: v.optional(v.string()),
  S3Key: v.optional(v.string()),
} as const;

const snapStart = { SnapStart: v.optional(v.strictObject({ ApplyOn: v.literal('None') })) } as const;

/** The operations on functions: their versions, settings, tags and concurrency. */
export function functionOperations(control: FunctionControl): readonly Operation[] {
  const { store } = control;
  const functionOperation = functionOperationsOf(store);
  return [
    functionOperation('CreateFunction', {
      http: 'POST /2015-03-31/functions',
      status: 201,
      input: {
        ...settingsEntries,
        ...architectureEntries,
        ...snapStart,
        Code: v.object(codeEntries),
        PackageType: v.optional(v.literal('Zip')),
        Tags: v.optional(v.record(tagKey, tagValue)),
        Publish: v.optional(v.boolean()),
      },
      requires: (permission, { Role }) => [permission, ...passRole(Role)],
      async handle({ name }, input, call) {
        const created = await control.create(call, {
          name,
          settings: input,
          code: codeSource(input.Code),
          tags: input.Tags,
        });
        return input.Publish === true
          ? describeVersion(control.publish(created).version, true)
          : describeVersion(created.latest);
      },
    }),
    operation('ListFunctions', {
      http: 'GET /2015-03-31/functions',
      input: v.object({ ...paging, FunctionVersion: v.optional(v.literal('ALL')) }),
      requires: () => '*',
      handle(input, call) {
        const all = store
          .list(call)
          .flatMap(({ latest, published }) =>
            input.FunctionVersion === 'ALL'
              ? [latest, ...published.values()].map((version) => describeVersion(version, true))
              : [describeVersion(latest)],
          );
        const { items, next } = pageOf(all, input);
        return { Functions: items, NextMarker: next };
      },
    }),
    functionOperation('GetFunction', {
      http: `GET ${FUNCTION}`,
      handle(reference) {
        const { tags, reservedConcurrency } = store.get(reference);
        return {
          Configuration: describeVersion(store.version(reference), reference.qualifier !== undefined),
          // No Location: local AWS has no URL from which the zip could be fetched.
          Code: { RepositoryType: 'S3' },
          Tags: tags.size === 0 ? undefined : Object.fromEntries(tags),
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
      input: { ...settingsEntries, ...snapStart },
      requires: (permission, { Role }) => [permission, ...passRole(Role)],
      handle: async (reference, input) =>
        describeVersion(await control.configure(store.get(reference), input)),
    }),
    functionOperation('UpdateFunctionCode', {
      http: `PUT ${FUNCTION}/code`,
      input: { ...codeEntries, ...architectureEntries, Publish: v.optional(v.boolean()) },
      async handle(reference, input) {
        const changed = store.get(reference);
        const latest = await control.updateCode(changed, codeSource(input), input);
        return input.Publish === true
          ? describeVersion(control.publish(changed).version, true)
          : describeVersion(latest);
      },
    }),
    functionOperation('DeleteFunction', {
      http: `DELETE ${FUNCTION}`,
      status: 204,
      handle: (reference) => control.delete(reference),
    }),
    functionOperation('PublishVersion', {
      http: `POST ${FUNCTION}/versions`,
      status: 201,
      input: {
        CodeSha256: v.optional(v.string()),
        Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
      },
      handle: (reference, input) =>
        describeVersion(control.publish(store.get(reference), input).version, true),
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
    functionOperation('GetFunctionConcurrency', {
      http: 'GET /2019-09-30/functions/{FunctionName}/concurrency',
      input: {},
      handle: (reference) => ({ ReservedConcurrentExecutions: store.get(reference).reservedConcurrency }),
    }),
    functionOperation('PutFunctionConcurrency', {
      http: 'PUT /2017-10-31/functions/{FunctionName}/concurrency',
      input: { ReservedConcurrentExecutions: v.pipe(v.number(), v.integer(), v.minValue(0)) },
      handle(reference, { ReservedConcurrentExecutions }) {
        store.get(reference).reservedConcurrency = ReservedConcurrentExecutions;
        return { ReservedConcurrentExecutions };
      },
    }),
    functionOperation('DeleteFunctionConcurrency', {
      http: 'DELETE /2017-10-31/functions/{FunctionName}/concurrency',
      status: 204,
      input: {},
      handle(reference) {
        delete store.get(reference).reservedConcurrency;
      },
    }),
    functionOperation('ListTags', {
      http: 'GET /2017-03-31/tags/{Resource}',
      nameIn: 'Resource',
      input: {},
      handle: (reference) => ({ Tags: Object.fromEntries(store.get(reference).tags) }),
    }),
    functionOperation('TagResource', {
      http: 'POST /2017-03-31/tags/{Resource}',
      status: 204,
      nameIn: 'Resource',
      input: { Tags: v.record(tagKey, tagValue) },
      handle(reference, { Tags }) {
        const { tags } = store.get(reference);
        for (const [key, value] of Object.entries(Tags)) tags.set(key, value);
      },
    }),
    functionOperation('UntagResource', {
      http: 'DELETE /2017-03-31/tags/{Resource}',
      status: 204,
      nameIn: 'Resource',
      input: { tagKeys: v.union([v.string(), v.array(v.string())]) },
      handle(reference, { tagKeys }) {
        const { tags } = store.get(reference);
        for (const key of [tagKeys].flat()) tags.delete(key);
      },
    }),
  ];
}

/** The permission to give a role to Lambda. */
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

function codeSource(input: v.InferOutput<v.ObjectSchema<typeof codeEntries, undefined>>): CodeSource {
  if (input.ZipFile !== undefined) return { zip: input.ZipFile };
  if (input.S3Bucket === undefined || input.S3Key === undefined) {
    throw invalid('Please provide a source for function code.');
  }
  return { bucket: input.S3Bucket, key: input.S3Key };
}

/**
 * A version as the API describes it (`FunctionConfiguration`).
 * @param isQualified whether the ARN has the version, as it does if the request named one. Default `false`
 */
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
    RevisionId: version.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
  };
}
