import type { TemplateStep } from '../deployment.ts';
import type { Resource } from '../framework.ts';
import { referencesIn } from './references.ts';

/** The types whose resources hold what nobody can make again. */
export const DATA_TYPES: readonly string[] = ['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup'];

/** The types of what data is encrypted with. Without its key, nobody can read it. */
export const KEY_TYPES: readonly string[] = ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey', 'AWS::KMS::Alias'];

/**
 * Keeps tables that an update replaces. With the setting `retainData`, tables and log groups also outlive the stack, unless its creation
 * fails. The keys of data that outlives the stack do, too. A policy that serverless.yml gives to a resource stays.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export const keepData: TemplateStep = ({ Resources }, { settings: { retainData } }) => {
  const data = Object.values(Resources).filter(({ Type }) => DATA_TYPES.includes(Type));
  for (const resource of data) {
    if (resource.Type === 'AWS::DynamoDB::Table') resource.UpdateReplacePolicy ??= 'Retain';
    if (retainData) resource.DeletionPolicy ??= 'RetainExceptOnCreate';
  }
  // Data that stays when a creation fails needs its key, too.
  for (const policy of ['Retain', 'RetainExceptOnCreate']) {
    for (const resource of data.filter(({ DeletionPolicy }) => DeletionPolicy === policy)) {
      for (const id of keysOf(resource, Resources)) {
        const key = Resources[id];
        if (key !== undefined) key.DeletionPolicy ??= policy;
      }
    }
  }
};

/** The logical IDs of the KMS keys and aliases of a template with which its table or log group is encrypted. An alias comes before its key. */
export function keysOf(
  { Properties }: Resource,
  resources: Readonly<Record<string, Resource>>,
): readonly string[] {
  return [...referencesIn(Properties)].flatMap((id) => {
    const key = resources[id];
    if (key === undefined || !KEY_TYPES.includes(key.Type)) return [];
    return key.Type === 'AWS::KMS::Alias' ? [id, ...keysOf(key, resources)] : [id];
  });
}
