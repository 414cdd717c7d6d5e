import { resourceTagKeys } from '@cross-account-api/iam';
import * as v from 'valibot';
import { isoSeconds } from '../../../core/clock.ts';
import type { Directory } from '../../../identity/directory.ts';
import { invalidInput, validationError } from '../../../identity/errors.ts';
import { oidcProviderArn } from '../../../identity/oidc-providers.ts';
import type { OperationCaller, Permission, ServiceOperation } from '../../../protocols/operation.ts';
import { atLeast, atMost, listOf, tagList } from '../../../protocols/shapes.ts';
import { operation, permissionsToCreate, shapes, tagEntries } from './operation.ts';

const THUMBPRINTS = 5;

/** The URL of a provider. */
export const providerUrl = /^https:\/\/[\w.-]+(\/[\w./-]*)?$/;

const created = v.object({
  Url: v.pipe(v.string(), atLeast(1), atMost(255)),
  ClientIDList: v.optional(listOf(v.pipe(v.string(), atLeast(1), atMost(255))), []),
  ThumbprintList: v.optional(listOf(v.pipe(v.string(), atLeast(40), atMost(40))), []),
  Tags: v.optional(shapes.tags, []),
});

const named = v.object({ OpenIDConnectProviderArn: shapes.arn });

/**
 * The operations on OpenID Connect providers. Local AWS does not connect to a provider: `tokenIssuers` has the keys of its tokens.
 * Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html, and its neighbours
 */
export function oidcProviderOperations({ oidcProviders }: Directory): readonly ServiceOperation[] {
  const permission = (
    { OpenIDConnectProviderArn }: v.InferOutput<typeof named>,
    { accountId }: OperationCaller,
  ): Permission => ({
    resource: OpenIDConnectProviderArn,
    resourceAccountId: accountId,
    context: resourceTagKeys(Object.entries(oidcProviders.find(OpenIDConnectProviderArn)?.tags ?? {}), 'iam'),
  });
  return [
    operation('CreateOpenIDConnectProvider', {
      input: created,
      requires: ({ Url, Tags }, { accountId }) =>
        permissionsToCreate(oidcProviderArn(accountId, Url), 'iam:TagOpenIDConnectProvider', Tags),
      handle({ Url, ClientIDList, ThumbprintList, Tags }, { accountId }) {
        if (!providerUrl.test(Url)) throw validationError('Invalid Open ID Connect Provider URL');
        if (ThumbprintList.length > THUMBPRINTS) {
          throw invalidInput(`Thumbprint list must contain fewer than ${THUMBPRINTS} entries.`);
        }
        const settings = { clientIds: ClientIDList, thumbprints: ThumbprintList, tags: tagEntries(Tags) };
        const { arn, tags } = oidcProviders.create(accountId, Url, settings);
        return { OpenIDConnectProviderArn: arn, Tags: Tags.length === 0 ? undefined : tagList(tags) };
      },
    }),
    operation('GetOpenIDConnectProvider', {
      input: named,
      requires: permission,
      handle({ OpenIDConnectProviderArn }, { accountId }) {
        const { url, clientIds, thumbprints, createdAt, tags } = oidcProviders.get(
          ownArn(OpenIDConnectProviderArn, accountId),
        );
        return {
          Url: url,
          ClientIDList: clientIds,
          ThumbprintList: thumbprints,
          CreateDate: isoSeconds(createdAt),
          Tags: Object.keys(tags).length === 0 ? undefined : tagList(tags),
        };
      },
    }),
    operation('ListOpenIDConnectProviders', {
      input: v.object({}),
      requires: () => '*',
      handle: (_input, { accountId }) => ({
        OpenIDConnectProviderList: oidcProviders.list(accountId).map(({ arn }) => ({ Arn: arn })),
      }),
    }),
    operation('DeleteOpenIDConnectProvider', {
      input: named,
      requires: permission,
      // "This operation is idempotent; it does not fail or return an error if you call the operation for a provider that does not exist."
      handle: ({ OpenIDConnectProviderArn }, { accountId }) =>
        oidcProviders.delete(ownArn(OpenIDConnectProviderArn, accountId)),
    }),
  ];
}

/** @throws AwsError for the ARN of anything but a provider of the caller's account */
function ownArn(arn: string, accountId: string): string {
  if (arn.startsWith(oidcProviderArn(accountId, ''))) return arn;
  throw invalidInput(`Invalid ARN: ${arn}`);
}
