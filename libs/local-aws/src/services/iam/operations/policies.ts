import * as v from 'valibot';
import { isoSeconds } from '../../../core/clock.ts';
import type { Directory } from '../../../identity/directory.ts';
import { iamArn } from '../../../identity/identifiers.ts';
import type { ManagedPolicy, PolicyVersion } from '../../../identity/managed-policies.ts';
import type { Output, ServiceOperation } from '../../../protocols/operation.ts';
import { flag, tagList } from '../../../protocols/shapes.ts';
import { encodePolicy, listPage, operation, permissionsToCreate, shapes, tagEntries } from './operation.ts';

/** Create, read, list and delete managed policies and their versions. */
export function policyOperations(directory: Directory): readonly ServiceOperation[] {
  const { managedPolicies: policies } = directory;
  const named = v.object({ PolicyArn: shapes.policyArn });
  const versioned = v.object({ PolicyArn: shapes.policyArn, VersionId: shapes.versionId });
  const summary = (policy: ManagedPolicy) => ({
    PolicyName: policy.name,
    PolicyId: policy.uniqueId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersion.versionId,
    IsAttachable: true,
    CreateDate: isoSeconds(policy.createdAt),
    UpdateDate: isoSeconds(policy.updatedAt),
  });
  /** Lists omit descriptions and tags. */
  const describe = (policy: ManagedPolicy) => ({
    Policy: {
      ...summary(policy),
      Description: policy.description,
      Tags: Object.keys(policy.tags).length === 0 ? undefined : tagList(policy.tags),
    },
  });
  const versionSummary = (policy: ManagedPolicy, version: PolicyVersion) => ({
    VersionId: version.versionId,
    IsDefaultVersion: version === policy.defaultVersion,
    CreateDate: isoSeconds(version.createdAt),
  });
  const on = <Schema extends v.GenericSchema<unknown, { readonly PolicyArn: string }>>(
    name: string,
    input: Schema,
    handle: (input: v.InferOutput<Schema>, accountId: string) => Output,
  ) =>
    operation(name, {
      input,
      requires: ({ PolicyArn }) => PolicyArn,
      handle: (read, { accountId }) => handle(read, accountId),
    });

  return [
    operation('CreatePolicy', {
      input: v.object({
        PolicyName: shapes.policyName,
        PolicyDocument: shapes.policyDocument,
        Path: v.optional(shapes.path),
        Description: v.optional(shapes.description),
        Tags: v.optional(shapes.tags, []),
      }),
      requires: ({ PolicyName, Path = '/', Tags }, { accountId }) =>
        permissionsToCreate(iamArn(accountId, 'policy', Path, PolicyName), 'iam:TagPolicy', Tags),
      handle: (input, { accountId }) =>
        describe(
          policies.create(accountId, {
            name: input.PolicyName,
            document: input.PolicyDocument,
            path: input.Path,
            description: input.Description,
            tags: tagEntries(input.Tags),
          }),
        ),
    }),
    on('GetPolicy', named, ({ PolicyArn }, accountId) => describe(policies.get(accountId, PolicyArn))),
    operation('ListPolicies', {
      input: v.object({
        ...shapes.paging,
        Scope: v.optional(v.picklist(['All', 'AWS', 'Local']), 'All'),
      }),
      requires: (_input, { accountId }) => `arn:aws:iam::${accountId}:policy/`,
      handle: (input, { accountId }) => {
        const list = policies.list(accountId).filter((policy) => {
          const scope = policy.accountId === 'aws' ? 'AWS' : 'Local';
          return input.Scope === 'All' || input.Scope === scope;
        });
        return listPage('Policies', list, input, ({ arn }) => arn, summary);
      },
    }),
    on('DeletePolicy', named, ({ PolicyArn }, accountId) => policies.delete(accountId, PolicyArn)),
    on(
      'CreatePolicyVersion',
      v.object({
        PolicyArn: shapes.policyArn,
        PolicyDocument: shapes.policyDocument,
        SetAsDefault: v.optional(flag, 'false'),
      }),
      ({ PolicyArn, PolicyDocument, SetAsDefault }, accountId) => {
        const version = policies.createVersion(accountId, PolicyArn, PolicyDocument, SetAsDefault);
        return { PolicyVersion: versionSummary(policies.get(accountId, PolicyArn), version) };
      },
    ),
    on('GetPolicyVersion', versioned, ({ PolicyArn, VersionId }, accountId) => {
      const version = policies.version(accountId, PolicyArn, VersionId);
      const summary = versionSummary(policies.get(accountId, PolicyArn), version);
      return { PolicyVersion: { Document: encodePolicy(version.text), ...summary } };
    }),
    on('DeletePolicyVersion', versioned, ({ PolicyArn, VersionId }, accountId) =>
      policies.deleteVersion(accountId, PolicyArn, VersionId),
    ),
  ];
}
