import { words } from '../core/words.ts';
import type { AuthorizationQuestion } from './decision.ts';

/**
 * The services whose resources obey resource control policies (RCPs), by the prefix of their actions. The resources of all
 * other services, such as Lambda and API Gateway, are not affected.
 * Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
 */
export const resourceControlServices: ReadonlySet<string> = new Set(
  words(`
    aoss appconfig appstream autoscaling autoscaling-plans budgets clouddirectory cloudfront cloudsearch cloudtrail-data
    codeartifact codebuild codecommit codepipeline cognito-identity cognito-idp comprehend comprehendmedical compute-optimizer
    cost-optimization-hub dax dsql dynamodb ecr ecr-public events firehose fis fms gamelift health inspector-scan kendra
    kinesisvideo kms logs memorydb networkmonitor notifications opensearch pca-connector-ad personalize polly pricing
    resource-groups rolesanywhere s3 secretsmanager servicediscovery signin sqs sts support swf textract timestream-influxdb
    transcribe transfer translate wafv2 workspaces xray`),
);

/**
 * Whether the RCPs of the resource's account apply to a question. They bind every principal, services and principals of other
 * accounts included. The exceptions are service-linked roles: RCPs affect neither what they do nor who assumes them.
 * Source: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps
 */
export function obeysResourceControl({ principal, action, resource }: AuthorizationQuestion): boolean {
  const [service = ''] = action.split(':');
  if (!resourceControlServices.has(service) || action === 'kms:RetireGrant') return false;
  return (
    !isServiceLinkedRole(resource) &&
    !('principalArn' in principal && isServiceLinkedRole(principal.principalArn))
  );
}

/**
 * Whether an ARN names a role that a service created for itself. SCPs and RCPs do not affect such roles. The whole beginning
 * must match: users choose the paths of users and roles, and the keys of objects.
 */
export function isServiceLinkedRole(arn: string): boolean {
  return /^arn:[a-z-]+:iam::\d{12}:role\/aws-service-role\//.test(arn);
}
