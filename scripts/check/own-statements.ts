import type { DeploymentPlace, DeploymentStatement } from './deployment-statements.ts';
import type { ServiceName } from './facts.ts';

/** What a deployment of a service does, and what CloudFormation does for it; for a project without deployment roles. */
export function ownStatements(service: ServiceName, place: DeploymentPlace): readonly DeploymentStatement[] {
  const { partition, region, accountId, stage, boundaryArn } = place;
  const stackName = `cross-account-${service}-${stage}`;
  const arn = (name: string, resource: string, where = region, account = accountId) =>
    `arn:${partition}:${name}:${where}:${account}:${resource}`;
  const buckets = arn('s3', `${stackName.slice(0, 24).toLowerCase()}*`, '', '');
  const statements = [
    {
      actions: [
        'CreateChangeSet',
        'DeleteChangeSet',
        'DeleteStack',
        'DescribeChangeSet',
        'DescribeStackEvents',
        'DescribeStackResource',
        'DescribeStacks',
        'ExecuteChangeSet',
        'ListStackResources',
        ...(service === 'api' ? ['UpdateStack'] : []),
      ].map((name) => `cloudformation:${name}`),
      resources: [arn('cloudformation', `stack/${stackName}/*`)],
    },
    { actions: ['cloudformation:ValidateTemplate'], resources: ['*'] },
    {
      actions: [
        's3:CreateBucket',
        's3:DeleteBucket',
        's3:ListBucket',
        's3:PutEncryptionConfiguration',
        's3:PutBucketPolicy',
        's3:DeleteBucketPolicy',
      ],
      resources: [buckets],
    },
    { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [`${buckets}/*`] },
    {
      actions: [
        'iam:CreateRole',
        'iam:DeleteRole',
        'iam:DeleteRolePolicy',
        'iam:GetRole',
        'iam:GetRolePolicy',
        'iam:PassRole',
        'iam:PutRolePolicy',
        'iam:TagRole',
      ],
      resources: [arn('iam', 'role/*', '')],
    },
    {
      actions: [
        'lambda:CreateFunction',
        'lambda:DeleteFunction',
        'lambda:GetFunction',
        'lambda:ListTags',
        'lambda:TagResource',
        'lambda:UpdateFunctionCode',
        'lambda:UpdateFunctionConfiguration',
        ...(service === 'api' ? ['lambda:AddPermission', 'lambda:RemovePermission'] : []),
      ],
      resources: [arn('lambda', `function:${stackName}*`)],
    },
    {
      actions: ['logs:CreateLogGroup', 'logs:DeleteLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
      resources: [arn('logs', 'log-group:*')],
    },
    ...(service === 'api'
      ? [
          {
            actions: ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'].map((name) => `apigateway:${name}`),
            resources: ['/restapis', '/restapis/*'].map((path) => arn('apigateway', path, region, '')),
          },
          {
            actions: [
              'dynamodb:CreateTable',
              'dynamodb:DeleteTable',
              'dynamodb:DescribeTable',
              'dynamodb:DescribeTimeToLive',
              'dynamodb:TagResource',
              'dynamodb:UpdateTimeToLive',
            ],
            resources: [arn('dynamodb', `table/${stackName}-*`)],
          },
        ]
      : []),
  ];
  return statements.map((statement) => ({
    ...statement,
    context: {
      'iam:PassedToService': ['lambda.amazonaws.com'],
      ...(boundaryArn === undefined ? {} : { 'iam:PermissionsBoundary': [boundaryArn] }),
    },
  }));
}
