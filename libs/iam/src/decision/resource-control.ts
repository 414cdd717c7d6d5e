import { isArnOf } from '../arn.ts';
import { words } from '../words.ts';
import type { AuthorizationRequest } from './decision.ts';

/**
 * The services whose resources obey resource control policies, by the prefix of their actions; Lambda and API Gateway do not.
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
 * Whether the RCPs of the resource's account apply. They bind every principal, services too, except service-linked roles.
 * Source:
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps
 */
export function obeysResourceControl({ principal, action, resource }: AuthorizationRequest): boolean {
  const [service = ''] = action.split(':');
  if (!resourceControlServices.has(service) || action === 'kms:RetireGrant') return false;
  return (
    !isServiceLinkedRole(resource) &&
    !('principalArn' in principal && isServiceLinkedRole(principal.principalArn))
  );
}

/**
 * Whether an ARN belongs to a service-linked role. The whole prefix must match: users choose the paths of users and roles.
 */
export function isServiceLinkedRole(arn: string): boolean {
  return isArnOf(arn, 'iam', 'role/aws-service-role/');
}
