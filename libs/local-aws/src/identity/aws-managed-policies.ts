import type { PolicyDocument } from '../core/principal.ts';

/** A policy that AWS manages: its ARN is the same in every account. */
export interface AwsManagedPolicy {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly document: PolicyDocument;
}

function allow(
  actions: readonly string[] | string,
  resource: readonly string[] | string = '*',
): PolicyDocument {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }] };
}

const LOG_ACTIONS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const XRAY_ACTIONS = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  'xray:GetSamplingStatisticSummaries',
];

/**
 * The policies that the Serverless Framework and its plugins name for Lambda, API Gateway and X-Ray, with the permissions
 * that AWS's reference lists. All other policies of AWS are refused by name.
 * Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
export const awsManagedPolicies: readonly AwsManagedPolicy[] = [
  {
    path: '/',
    name: 'AdministratorAccess',
    description: 'Provides full access to AWS services and resources.',
    document: allow('*'),
  },
  {
    path: '/service-role/',
    name: 'AWSLambdaBasicExecutionRole',
    description: 'Provides write permissions to CloudWatch Logs.',
    document: allow(LOG_ACTIONS),
  },
  {
    path: '/service-role/',
    name: 'AWSLambdaRole',
    description: 'Default policy for AWS Lambda service role.',
    document: allow(['lambda:InvokeFunction']),
  },
  {
    path: '/service-role/',
    name: 'AWSLambdaVPCAccessExecutionRole',
    description:
      'Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC - create, describe, delete network interfaces and write permissions to CloudWatch Logs.',
    document: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AWSLambdaVPCAccessExecutionPermissions',
          Effect: 'Allow',
          Action: [
            ...LOG_ACTIONS,
            'ec2:CreateNetworkInterface',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSubnets',
            'ec2:DeleteNetworkInterface',
            'ec2:AssignPrivateIpAddresses',
            'ec2:UnassignPrivateIpAddresses',
          ],
          Resource: '*',
        },
      ],
    },
  },
  {
    path: '/service-role/',
    name: 'AWSLambdaDynamoDBExecutionRole',
    description:
      'Provides list and read access to DynamoDB streams and write permissions to CloudWatch logs.',
    document: allow([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      ...LOG_ACTIONS,
    ]),
  },
  {
    path: '/service-role/',
    name: 'AWSLambdaSQSQueueExecutionRole',
    description:
      'Provides receive message, delete message, and read attribute access to SQS queues, and write permissions to CloudWatch logs.',
    document: allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', ...LOG_ACTIONS]),
  },
  {
    path: '/service-role/',
    name: 'AmazonAPIGatewayPushToCloudWatchLogs',
    description: "Allows API Gateway to push logs to user's account.",
    document: allow([
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'logs:GetLogEvents',
      'logs:FilterLogEvents',
    ]),
  },
  {
    path: '/',
    name: 'AmazonAPIGatewayInvokeFullAccess',
    description: 'Provides full access to invoke APIs in Amazon API Gateway.',
    document: allow(['execute-api:Invoke', 'execute-api:ManageConnections'], 'arn:aws:execute-api:*:*:*'),
  },
  {
    path: '/',
    name: 'AWSXRayDaemonWriteAccess',
    description:
      'Allow the AWS X-Ray Daemon to relay raw trace segments data to the service API and retrieve sampling data.',
    document: allow(XRAY_ACTIONS),
  },
  {
    path: '/',
    name: 'AWSXrayWriteOnlyAccess',
    description: 'AWS X-Ray write only managed policy.',
    document: allow(XRAY_ACTIONS),
  },
];
