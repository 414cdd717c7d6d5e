import { randomUUID } from 'node:crypto';
import { accountOf, requestTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import type { ServiceOperation } from '../../../protocols/operation.ts';
import { tagKey, tagList, tagValue } from '../../../protocols/shapes.ts';
import type { ResourcePermission } from '../../resource-type.ts';
import type { CodePackages } from '../code/packages.ts';
import { staleRevision } from '../functions/errors.ts';
import type { FunctionControl } from '../functions/function-control.ts';
import { checkNewName, type FunctionReference, functionArn } from '../functions/function-name.ts';
import type { FunctionStates } from '../functions/function-state.ts';
import { architectureEntries, type SettingsInput, settingsEntries } from '../functions/settings.ts';
import { checkTagCount } from '../functions/tag-count.ts';
import type { FunctionVersion, LambdaFunction } from '../store.ts';
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

/** The revision of `$LATEST` that the request expects. */
const revision = { RevisionId: v.optional(v.string()) } as const;

/** The operations on functions, their settings and their versions. */
export function functionOperations(
  control: FunctionControl,
  packages: CodePackages,
  states: FunctionStates,
): readonly ServiceOperation[] {
  const { store } = control;
  const functionOperation = functionOperationsOf(store);
  const describe = (version: FunctionVersion, qualifier?: string) => ({
    ...describeVersion(version, qualifier),
    ...states.describe(version),
  });
  /** The function, if the request may change it now. */
  const changeable = (reference: FunctionReference, { RevisionId }: { RevisionId?: string | undefined }) => {
    const changed = store.get(reference);
    states.checkIdle(changed);
    if (RevisionId !== undefined && RevisionId !== changed.latest.revisionId) {
      throw staleRevision('GetFunction/GetAlias');
    }
    return changed;
  };
  /**
   * Answers with a revision that ends with the change: AWS revises a function again when it is active or updated, as LocalStack's tests
   * recorded (`test_function_revisions_basic`, https://github.com/localstack/localstack). Here this is as soon as the client has its answer.
   */
  const beforeEnd = (version: FunctionVersion, answer: object) => {
    version.revisionId = randomUUID();
    return answer;
  };
  const publish = (changed: LambdaFunction, input?: Parameters<typeof control.publish>[1]) => {
    const { version, isNew } = control.publish(changed, input);
    if (isNew) states.begin(version, 'create');
    return describe(version, version.version);
  };
  return [
    functionOperation('CreateFunction', {
      http: 'POST /2015-03-31/functions',
      status: 201,
      input: {
        ...settingsEntries,
        ...architectureEntries,
        Code: v.object(codeEntries),
        PackageType: v.optional(v.literal('Zip')),
        Publish: v.optional(v.boolean()),
        Tags: v.optional(v.record(tagKey, tagValue)),
      },
      requires(permission, { Role, Tags = {}, VpcConfig }) {
        const tags = requestTagKeys(tagList(Tags));
        return [
          { ...permission, context: { ...tags, ...networkKeys(VpcConfig) } },
          ...passRole(Role),
          // Tags of a new function: https://github.com/aws-samples/amazon-mwaa-examples/pull/63
          ...(Object.keys(Tags).length > 0
            ? [{ ...permission, action: 'lambda:TagResource', context: tags }]
            : []),
        ];
      },
      async handle({ name }, input, call) {
        checkNewName(name, input.FunctionName);
        checkTagCount(input.Tags ?? {});
        const created = await control.create(call, {
          name,
          settings: input,
          code: input.Code,
          tags: input.Tags,
        });
        states.begin(created.latest, 'create');
        if (input.Publish !== true) return beforeEnd(created.latest, describe(created.latest));
        const answer = publish(created);
        return beforeEnd(store.version({ ...created, qualifier: '1' }), answer);
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
        states.see(version);
        return {
          Configuration: describe(version, reference.qualifier),
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
      handle(reference) {
        const version = store.version(reference);
        states.see(version);
        return describe(version, reference.qualifier);
      },
    }),
    functionOperation('UpdateFunctionConfiguration', {
      http: `PUT ${FUNCTION}/configuration`,
      input: { ...settingsEntries, ...revision },
      requires: (permission, { Role, VpcConfig }) => [
        { ...permission, context: { ...permission.context, ...networkKeys(VpcConfig) } },
        ...passRole(Role),
      ],
      async handle(reference, input) {
        const changed = changeable(reference, input);
        const version = await control.configure(changed, input, changed.latest.settings);
        states.begin(version, 'update', changed.replaced);
        return beforeEnd(version, describe(version));
      },
    }),
    functionOperation('UpdateFunctionCode', {
      http: `PUT ${FUNCTION}/code`,
      input: { ...codeEntries, ...architectureEntries, ...revision, Publish: v.optional(v.boolean()) },
      async handle(reference, input) {
        const changed = changeable(reference, input);
        const version = await control.updateCode(changed, input, input);
        states.begin(version, 'update', changed.replaced);
        return input.Publish === true ? publish(changed) : beforeEnd(version, describe(version));
      },
    }),
    functionOperation('PublishVersion', {
      http: `POST ${FUNCTION}/versions`,
      status: 201,
      input: {
        ...revision,
        CodeSha256: v.optional(v.string()),
        Description: v.optional(v.pipe(v.string(), v.maxLength(256))),
      },
      handle: (reference, input) => publish(changeable(reference, input), input),
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
        const described = items.map((version) => describe(version, version.version));
        return { Versions: described, NextMarker: next };
      },
    }),
  ];
}

/** The condition keys of a VPC (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html). Local AWS does not know the VPC of a subnet. */
function networkKeys({ SubnetIds = [], SecurityGroupIds = [] }: Partial<SettingsInput['VpcConfig']> = {}) {
  return {
    ...(SubnetIds.length > 0 && { 'lambda:SubnetIds': SubnetIds }),
    ...(SecurityGroupIds.length > 0 && { 'lambda:SecurityGroupIds': SecurityGroupIds }),
  };
}

/** The permission to pass a role to Lambda. */
export function passRole(roleArn: string | undefined): readonly ResourcePermission[] {
  if (roleArn === undefined) return [];
  return [
    {
      action: 'iam:PassRole',
      resource: roleArn,
      resourceAccountId: accountOf(roleArn),
      context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
    },
  ];
}

/** A version in a response, without its state. @param qualifier the version or alias in its ARN, if it has one */
function describeVersion(version: FunctionVersion, qualifier?: string): object {
  const { settings, code } = version;
  return {
    ...settings,
    FunctionName: version.name,
    FunctionArn: functionArn(defined({ ...version, qualifier })),
    CodeSize: code.size,
    CodeSha256: code.sha256,
    LastModified: version.lastModified.toISOString().replace('Z', '+0000'),
    Version: version.version,
    RevisionId: version.revisionId,
    PackageType: 'Zip',
  };
}
