import type { FunctionDefinition, ProviderOfFunctions, Template } from './framework.ts';
import type { StageSettings } from './settings/read.ts';

/** The facts about a deployment that all steps get. */
export interface DeploymentFacts {
  /** The name in the line `service:` of serverless.yml. */
  readonly service: string;
  readonly stage: string;
  readonly settings: StageSettings;
}

/**
 * Changes the template of a stage.
 * @throws Mistake if serverless.yml lacks a part that the step needs
 */
export type TemplateStep = (template: Template, deployment: DeploymentFacts) => void;

/**
 * Changes the functions of serverless.yml, before anything is packaged.
 * @param custom the part `custom` of serverless.yml
 * @param provider the part `provider`
 */
export type FunctionStep = (
  functions: Readonly<Record<string, FunctionDefinition>>,
  settings: StageSettings,
  custom: Readonly<Record<string, unknown>>,
  provider?: ProviderOfFunctions,
) => void;

/** The ARN of a resource in the stack's account and region, for CloudFormation. @example arnOf('kms', 'key/1234') */
export function arnOf(service: string, resource: string): { readonly 'Fn::Sub': string } {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}` };
}

/** The ARN of an IAM resource in an account: by default that of the stack. @example iamArnOf('root', '111111111111') */
export function iamArnOf(resource: string, accountId = `\${AWS::AccountId}`): { readonly 'Fn::Sub': string } {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:iam::${accountId}:${resource}` };
}
