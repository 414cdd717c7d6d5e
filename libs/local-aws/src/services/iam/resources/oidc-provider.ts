import * as v from 'valibot';
import type { Directory } from '../../../identity/directory.ts';
import { type OidcProvider, oidcProviderArn } from '../../../identity/oidc-providers.ts';
import { tagMap, templateTags } from '../../../protocols/shapes.ts';
import { withoutEffect } from '../../../protocols/without-effect.ts';
import { isChanged, permissionsOn, type ResourceType, tagsChange } from '../../resource-type.ts';
import { providerUrl } from '../operations/oidc-providers.ts';

const properties = v.strictObject({
  ClientIdList: v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.maxLength(100)), []),
  ThumbprintList: withoutEffect(
    v.optional(v.array(v.string())),
    'local AWS does not connect to the provider',
  ),
  Tags: v.optional(templateTags),
  Url: v.pipe(v.string(), v.regex(providerUrl, 'must begin with https://'), v.maxLength(255)),
});

/** `AWS::IAM::OIDCProvider`: `Ref` and the attribute `Arn` are the ARN. */
export function oidcProviderType({ oidcProviders }: Directory): ResourceType<typeof properties> {
  const stateOf = ({ arn }: OidcProvider) => ({ physicalId: arn, attributes: { Arn: arn } });
  return {
    typeName: 'AWS::IAM::OIDCProvider',
    properties,
    replacedBy: ['Url'],
    requires(change) {
      const { accountId, handler, properties: wanted } = change;
      const hasOtherClients = isChanged(change, 'ClientIdList');
      const updates = [
        hasOtherClients && 'iam:AddClientIDToOpenIDConnectProvider',
        hasOtherClients && 'iam:RemoveClientIDFromOpenIDConnectProvider',
        isChanged(change, 'ThumbprintList') && 'iam:UpdateOpenIDConnectProviderThumbprint',
      ];
      return permissionsOn(
        oidcProviderArn(accountId, wanted.Url),
        tagsChange(change) && 'iam:TagOpenIDConnectProvider',
        ...{
          create: ['iam:CreateOpenIDConnectProvider'],
          update: updates,
          delete: ['iam:DeleteOpenIDConnectProvider'],
        }[handler],
      );
    },
    create: async (wanted, { accountId }) =>
      stateOf(oidcProviders.create(accountId, wanted.Url, settingsOf(wanted))),
    async update(current, wanted) {
      oidcProviders.update(current.physicalId, settingsOf(wanted));
      return current;
    },
    delete: async ({ physicalId }) => oidcProviders.delete(physicalId),
  };
}

function settingsOf({ ClientIdList, ThumbprintList, Tags }: v.InferOutput<typeof properties>) {
  return { clientIds: ClientIdList, thumbprints: ThumbprintList ?? [], tags: tagMap(Tags) };
}
