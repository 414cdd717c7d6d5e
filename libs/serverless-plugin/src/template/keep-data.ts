import type { TemplateStep } from '../deployment.ts';

/** The types whose resources hold what nobody can make again. */
export const DATA_TYPES: readonly string[] = ['AWS::DynamoDB::Table', 'AWS::Logs::LogGroup'];

/**
 * Keeps tables that an update replaces. With the setting `retainData`, tables and log groups also outlive the stack, unless its creation
 * fails. A policy that serverless.yml gives to a resource stays.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export const keepData: TemplateStep = ({ Resources }, { settings: { retainData } }) => {
  for (const resource of Object.values(Resources)) {
    if (!DATA_TYPES.includes(resource.Type)) continue;
    if (resource.Type === 'AWS::DynamoDB::Table') resource.UpdateReplacePolicy ??= 'Retain';
    if (retainData) resource.DeletionPolicy ??= 'RetainExceptOnCreate';
  }
};
