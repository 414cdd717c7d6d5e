import type { HandlerName, Insistence } from '../../libs/iam/src/aws/handler-actions.ts';

/*
 * What is known of the actions that AWS's resource schemas list for CloudFormation's handlers: when a handler takes an action, and whether
 * AWS refuses the resource without it. The table of `libs/iam/src/aws/handler-actions.json` is made of this and of the schemas.
 *
 * An action without a finding here is hard: AWS documents the lists as the permissions that the handlers need (`schema`). It becomes soft
 * only by evidence that AWS goes on without it, and unknown if AWS's own texts contradict each other.
 */

/** A statement of AWS, or a public report of what AWS did. */
export interface PublicRecord {
  readonly address: string;
  /** What it shows, as a sentence. */
  readonly says: string;
  /** When it was written, as YYYY-MM or YYYY-MM-DD; of documentation, when it was read. */
  readonly date: string;
}

const handlers = 'https://github.com/aws-cloudformation/aws-cloudformation-resource-providers';
const logs = `${handlers}-logs/blob/5cc1716174e6080698648523b8c5754175592b47/aws-logs-loggroup/src/main/java/software/amazon/logs/loggroup`;
const filters = `${handlers}-logs/blob/5cc1716174e6080698648523b8c5754175592b47/aws-logs-metricfilter/src/main/java/software/amazon/logs/metricfilter`;
const topics = `${handlers}-sns/blob/73bd30ef6e825a18c8e6b8539242dff00dd535be/aws-sns-topic/src/main/java/software/amazon/sns/topic`;

/** The sources by the names that the findings use. */
export const evidenceSources = {
  schema: {
    address: 'https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html',
    says: 'AWS lists the action as a permission that the handler needs.',
    date: '2026-12',
  },
  property: {
    address: 'https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html',
    says: 'AWS lists the action as a permission that the handler needs, and its operation is about the property only.',
    date: '2026-12',
  },
  tags: {
    address: 'https://github.com/aws-samples/aws-eda-slurm-cluster/issues/340',
    says: 'Since 2026, CloudFormation no longer repeats a request without the tags: the resource fails.',
    date: '2026-08-29',
  },
  alarmTags: {
    address: 'https://github.com/aws/aws-parallelcluster/issues/7331',
    says: 'An alarm failed without the permission to tag it.',
    date: '2026-04-10',
  },
  bucketTags: {
    address: 'https://github.com/aws-samples/cloudfront-authorization-at-edge/issues/260',
    says: 'A bucket failed without the permission to tag it.',
    date: '2024-03-05',
  },
  createBucket: {
    address: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html',
    says: 'S3 documents that a bucket with an access control list needs it.',
    date: '2026-12',
  },
  functionTags: {
    address: 'https://github.com/convox/rack/pull/2199',
    says: 'CloudFormation said that all three permissions are required to tag a function and to pass the tags of the stack on.',
    date: '2017-05-16',
  },
  functionTag: {
    address: 'https://github.com/aws-samples/pcluster-manager/issues/196',
    says: 'A function failed without the permission to tag it.',
    date: '2022-07-19',
  },
  getFunction: {
    address: 'https://github.com/service-cloud-voice/examples-from-doc/issues/91',
    says: 'The creation of a function failed without it.',
    date: '2025-09-08',
  },
  getLayer: {
    address: 'https://github.com/samvera/serverless-iiif/issues/115',
    says: 'A function with a layer failed without it.',
    date: '2023-07-18',
  },
  getRole: {
    address: 'https://github.com/aws/aws-cdk/issues/27067',
    says: 'The creation of a role failed without it.',
    date: '2023-09',
  },
  deleteRole: {
    address: 'https://github.com/aws/aws-cdk/issues/27067',
    says: 'The removal of a role failed without it.',
    date: '2023-09',
  },
  detach: {
    address: 'https://github.com/aws-samples/pcluster-manager/issues/279',
    says: 'The removal of a role failed without it, and the rollback of its stack.',
    date: '2022-08-25',
  },
  deleteRolePolicy: {
    address: 'https://github.com/cfn-sphere/cfn-sphere/issues/173',
    says: 'A role failed without it.',
    date: '2018-06-21',
  },
  describeRole: {
    address: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html',
    says: 'AWS lists the action, and the operation changes the description only.',
    date: '2026-12',
  },
  getApi: {
    address: 'https://github.com/awslabs/aws-saas-boost/pull/449',
    says: 'A stack failed because CloudFormation could not read an attribute of the API.',
    date: '2022-12-12',
  },
  getTable: {
    address: 'https://github.com/serverless/serverless/issues/11718',
    says: 'The creation of a table failed without it.',
    date: '2023-01-30',
  },
  describeTimeToLive: {
    address: 'https://github.com/serverless/serverless/issues/5896',
    says: 'A table failed without it.',
    date: '2019-03-04',
  },
  tableKey: {
    address:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-customer-cmk-policy',
    says: 'DynamoDB documents it as a permission on the key that whoever chooses the key needs.',
    date: '2026-12',
  },
  tableKeyElse: {
    address:
      'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-customer-cmk-policy',
    says: "AWS's schema lists it, and DynamoDB's documentation of the permissions on the key does not.",
    date: '2026-12',
  },
  replicas: {
    address: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html',
    says: "AWS's schema lists it, but it makes replicas of global tables, for which this type has no property.",
    date: '2026-12',
  },
  createGroup: {
    address: `${logs}/CreateHandler.java`,
    says: "AWS's handler takes it, and fails if it is refused.",
    date: '2024-02-01',
  },
  describeGroups: {
    address: 'https://github.com/aws/aws-parallelcluster/issues/1670',
    says: 'The creation of a log group failed without it.',
    date: '2020-02-27',
  },
  groupTags: {
    address: 'https://github.com/DataDog/cloudformation-template/pull/61',
    says: 'The creation of a log group failed without it.',
    date: '2023-04-20',
  },
  listGroupTags: {
    address: 'https://github.com/NOAA-OWP/hydrovis/issues/1035',
    says: 'The update of a log group by the Serverless Framework failed without it. Until 2024, AWS went on.',
    date: '2025-01-13',
  },
  readGroup: {
    address: `${logs}/ReadHandler.java`,
    says: "AWS's handler goes on if it is refused.",
    date: '2024-02-01',
  },
  updateGroup: {
    address: `${logs}/UpdateHandler.java`,
    says: "AWS's handler takes it if the property changes, and fails if it is refused.",
    date: '2024-02-01',
  },
  deleteGroup: {
    address: `${logs}/DeleteHandler.java`,
    says: "AWS's handler takes it, and fails if it is refused.",
    date: '2024-02-01',
  },
  deleteGroupElse: {
    address: `${logs}/DeleteHandler.java`,
    says: "AWS's handler does not take it.",
    date: '2024-02-01',
  },
  filter: {
    address: `${filters}/BaseHandlerStd.java`,
    says: "AWS's handler takes it, and fails if it is refused.",
    date: '2024-02-01',
  },
  topic: {
    address: `${topics}/BaseHandlerStd.java`,
    says: "AWS's handler takes it, and fails if it is refused.",
    date: '2023-11-16',
  },
  topicUpdate: {
    address: `${topics}/UpdateHandler.java`,
    says: "AWS's handler takes it, and fails if it is refused.",
    date: '2023-11-16',
  },
  readTopic: {
    address: `${topics}/BaseHandlerStd.java`,
    says: "AWS's handler goes on if it is refused.",
    date: '2023-11-16',
  },
  recordSet: {
    address: 'https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html',
    says: "The type has no handlers in AWS's schema, and this is the one operation that makes, changes and removes records.",
    date: '2026-12',
  },
  associateKey: {
    address: 'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html',
    says: 'A log group gets its key by this operation, or as it is created.',
    date: '2026-12',
  },
  logDataProtection: {
    address:
      'https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/data-protection-policy-permissions.html',
    says: 'CloudWatch Logs documents it as a permission that a policy of data protection needs.',
    date: '2026-12',
  },
} as const satisfies Readonly<Record<string, PublicRecord>>;

/** What is known of actions of a type. A later finding adds to an earlier one, and replaces its members. */
export interface ActionFinding {
  readonly actions: readonly string[];
  /** All, if absent. */
  readonly handlers?: readonly HandlerName[];
  /** The action is taken only for one of these properties. Nested ones have dots. */
  readonly properties?: readonly string[];
  /** Whether an update takes it if such a property is `set` or `unset`. Both, if absent. */
  readonly when?: 'set' | 'unset';
  readonly verdict?: Insistence;
  readonly source?: keyof typeof evidenceSources;
  /** Whether AWS's schema lacks the action in these handlers. */
  readonly isAdded?: true;
  /** Why the deployment roles of this project leave the action out. */
  readonly withheld?: string;
}

const only = (
  properties: string | readonly string[],
  actions: readonly string[],
  more: Partial<ActionFinding> = {},
): ActionFinding => ({ properties: [properties].flat(), actions, source: 'property', ...more });
const hard = (source: keyof typeof evidenceSources, ...actions: string[]): ActionFinding => ({
  actions,
  source,
});
const soft = (
  source: keyof typeof evidenceSources,
  handlers: readonly HandlerName[],
  ...actions: string[]
): ActionFinding => ({
  actions,
  handlers,
  source,
  verdict: 'soft',
});
const set = { when: 'set' } as const;
const unset = { when: 'unset' } as const;

const s3Tables = [
  's3tables:CreateNamespace',
  's3tables:CreateTable',
  's3tables:CreateTableBucket',
  's3tables:GetTable',
  's3tables:GetTableMetadataLocation',
  's3tables:PutTableBucketPolicy',
  's3tables:PutTableEncryption',
  's3tables:PutTablePolicy',
  's3tables:UpdateTableMetadataLocation',
];
const keyUse = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/** The findings by type. AWS's schemas do not tell which property needs an action: it is read from the names and the documentation. */
export const actionFindings: Readonly<Record<string, readonly ActionFinding[]>> = {
  'AWS::ApiGateway::BasePathMapping': [hard('getApi', 'apigateway:GET')],
  'AWS::ApiGateway::Deployment': [hard('getApi', 'apigateway:GET')],
  'AWS::ApiGateway::DomainName': [
    hard('getApi', 'apigateway:GET'),
    only('Tags', ['apigateway:PUT'], { ...set, source: 'tags' }),
  ],
  'AWS::ApiGateway::Method': [hard('getApi', 'apigateway:GET')],
  'AWS::ApiGateway::Resource': [hard('getApi', 'apigateway:GET')],
  'AWS::ApiGateway::RestApi': [
    hard('getApi', 'apigateway:GET'),
    // Every API gets the tags of CloudFormation.
    { actions: ['apigateway:PUT'], source: 'tags' },
    only('Tags', ['apigateway:DELETE'], { handlers: ['update'], ...unset, source: 'tags' }),
    only(['Policy', 'Body.x-amazon-apigateway-policy'], ['apigateway:UpdateRestApiPolicy']),
    only('BodyS3Location', ['s3:GetObject']),
  ],
  'AWS::ApiGateway::Stage': [
    hard('getApi', 'apigateway:GET'),
    only('Tags', ['apigateway:PUT'], { ...set, source: 'tags' }),
    only('Tags', ['apigateway:DELETE'], { handlers: ['update'], ...unset, source: 'tags' }),
  ],
  'AWS::CloudWatch::Alarm': [hard('alarmTags', 'cloudwatch:TagResource')],
  'AWS::DynamoDB::Table': [
    hard('getTable', 'dynamodb:DescribeTable'),
    hard('describeTimeToLive', 'dynamodb:DescribeTimeToLive'),
    only('TimeToLiveSpecification', ['dynamodb:UpdateTimeToLive']),
    only('PointInTimeRecoverySpecification', ['dynamodb:UpdateContinuousBackups']),
    only('ContributorInsightsSpecification', ['dynamodb:UpdateContributorInsights']),
    // CloudWatch Logs gets the import's errors.
    only('ImportSourceSpecification', [
      'dynamodb:DescribeImport',
      'dynamodb:ImportTable',
      'logs:CreateLogGroup',
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'logs:PutRetentionPolicy',
      's3:GetObject',
      's3:ListBucket',
    ]),
    only('KinesisStreamSpecification', [
      'dynamodb:DisableKinesisStreamingDestination',
      'dynamodb:EnableKinesisStreamingDestination',
      'dynamodb:UpdateKinesisStreamingDestination',
      'kinesis:DescribeStream',
      'kinesis:PutRecords',
    ]),
    only(['ContributorInsightsSpecification', 'KinesisStreamSpecification'], ['iam:CreateServiceLinkedRole']),
    only('ResourcePolicy', ['dynamodb:PutResourcePolicy']),
    only('ResourcePolicy', ['dynamodb:DeleteResourcePolicy'], unset),
    only(
      'SSESpecification.KMSMasterKeyId',
      [
        'kms:CreateGrant',
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ],
      { handlers: ['create', 'update'], ...set, source: 'tableKey', isAdded: true },
    ),
    {
      actions: ['kms:ListAliases', 'kms:RevokeGrant'],
      properties: ['SSESpecification.KMSMasterKeyId'],
      verdict: 'unknown',
      source: 'tableKeyElse',
      withheld:
        'The setting tableKeyId is an ID, for which no alias is looked up, and RevokeGrant would let the deployer end grants of others.',
    },
    {
      actions: [
        'dynamodb:AssociateTableReplica',
        'dynamodb:BatchWriteItem',
        'dynamodb:CreateTableReplica',
        'dynamodb:DeleteItem',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Query',
        'dynamodb:Scan',
        'dynamodb:UpdateItem',
      ],
      verdict: 'unknown',
      source: 'replicas',
      withheld: 'A deployment makes no replicas, and must not read or change the items of a table.',
    },
  ],
  'AWS::ECR::Repository': [
    only('EncryptionConfiguration', ['kms:CreateGrant', 'kms:DescribeKey', 'kms:RetireGrant']),
    only('LifecyclePolicy', ['ecr:PutLifecyclePolicy'], set),
    only('LifecyclePolicy', ['ecr:DeleteLifecyclePolicy'], unset),
    only('RepositoryPolicyText', ['ecr:SetRepositoryPolicy'], set),
    only('RepositoryPolicyText', ['ecr:DeleteRepositoryPolicy'], unset),
    only('ImageScanningConfiguration', ['ecr:PutImageScanningConfiguration']),
    only('ImageTagMutability', ['ecr:PutImageTagMutability']),
  ],
  'AWS::Events::EventBus': [
    only('KmsKeyIdentifier', keyUse),
    only('Policy', ['events:PutPermission', 'events:RemovePermission']),
  ],
  'AWS::IAM::Role': [
    hard('getRole', 'iam:GetRole'),
    hard('deleteRole', 'iam:DeleteRole'),
    only('AssumeRolePolicyDocument', ['iam:UpdateAssumeRolePolicy']),
    only(['Description', 'MaxSessionDuration'], ['iam:UpdateRole']),
    only('Description', ['iam:UpdateRoleDescription'], { source: 'describeRole' }),
    only('Policies', ['iam:PutRolePolicy'], set),
    only('Policies', ['iam:DeleteRolePolicy'], { ...unset, source: 'deleteRolePolicy' }),
    only('ManagedPolicyArns', ['iam:AttachRolePolicy'], set),
    only('ManagedPolicyArns', ['iam:DetachRolePolicy'], { ...unset, source: 'detach' }),
    only('PermissionsBoundary', ['iam:PutRolePermissionsBoundary'], set),
    only('PermissionsBoundary', ['iam:DeleteRolePermissionsBoundary'], {
      ...unset,
      withheld: 'Whoever takes over the deployment must not take the boundary off a role.',
    }),
  ],
  'AWS::KMS::Key': [
    only('EnableKeyRotation', ['kms:EnableKeyRotation'], set),
    only('EnableKeyRotation', ['kms:DisableKeyRotation'], unset),
    only('Enabled', ['kms:DisableKey', 'kms:EnableKey']),
    only('Description', ['kms:UpdateKeyDescription']),
  ],
  'AWS::Kinesis::Stream': [
    only('DesiredShardLevelMetrics', [
      'kinesis:DisableEnhancedMonitoring',
      'kinesis:EnableEnhancedMonitoring',
    ]),
    only('MaxRecordSizeInKiB', ['kinesis:UpdateMaxRecordSize']),
    only('RetentionPeriodHours', [
      'kinesis:DecreaseStreamRetentionPeriod',
      'kinesis:IncreaseStreamRetentionPeriod',
    ]),
    only('StreamEncryption', ['kinesis:StartStreamEncryption'], set),
    only('StreamEncryption', ['kinesis:StopStreamEncryption'], unset),
    only('WarmThroughputMiBps', ['kinesis:UpdateStreamWarmThroughput']),
  ],
  'AWS::Lambda::EventSourceMapping': [
    only('KmsKeyArn', ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey']),
  ],
  'AWS::Lambda::Function': [
    hard('getFunction', 'lambda:GetFunction'),
    hard('functionTag', 'lambda:TagResource'),
    hard('functionTags', 'lambda:ListTags', 'lambda:UntagResource'),
    only('CapacityProviderConfig', ['lambda:PassCapacityProvider']),
    only('Code', ['lambda:UpdateFunctionCode']),
    only('Code.S3Key', ['s3:GetObject']),
    only('Code.S3ObjectVersion', ['s3:GetObjectVersion']),
    only('CodeSigningConfigArn', ['lambda:GetCodeSigningConfig', 'lambda:PutFunctionCodeSigningConfig']),
    only('CodeSigningConfigArn', ['lambda:DeleteFunctionCodeSigningConfig'], unset),
    only('FileSystemConfigs', ['elasticfilesystem:DescribeMountTargets', 's3files:ListMountTargets']),
    only('FunctionScalingConfig', ['lambda:PutFunctionScalingConfig']),
    only('KmsKeyArn', [
      'kms:CreateGrant',
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
    ]),
    only('Layers', ['lambda:GetLayerVersion'], { ...set, source: 'getLayer' }),
    only('PublishToLatestPublished', ['lambda:PublishVersion']),
    only('RecursiveLoop', ['lambda:PutFunctionRecursionConfig']),
    only('ReservedConcurrentExecutions', ['lambda:PutFunctionConcurrency'], set),
    only('ReservedConcurrentExecutions', ['lambda:DeleteFunctionConcurrency'], unset),
    only('RuntimeManagementConfig', ['lambda:PutRuntimeManagementConfig']),
    only('VpcConfig', [
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ]),
  ],
  'AWS::Logs::LogGroup': [
    hard('createGroup', 'logs:CreateLogGroup'),
    hard('deleteGroup', 'logs:DeleteLogGroup'),
    hard('describeGroups', 'logs:DescribeLogGroups'),
    soft('deleteGroupElse', ['delete'], 'logs:DescribeLogGroups'),
    // Every group gets the tags of CloudFormation.
    { actions: ['logs:TagResource'], handlers: ['create'], properties: [], source: 'groupTags' },
    hard('listGroupTags', 'logs:ListTagsForResource'),
    soft('readGroup', ['read'], 'logs:ListTagsForResource'),
    only('RetentionInDays', ['logs:PutRetentionPolicy'], { ...set, source: 'updateGroup' }),
    only('RetentionInDays', ['logs:DeleteRetentionPolicy'], { ...unset, source: 'updateGroup' }),
    only('KmsKeyId', ['logs:AssociateKmsKey'], {
      handlers: ['create'],
      source: 'associateKey',
      isAdded: true,
    }),
    only('KmsKeyId', ['logs:AssociateKmsKey'], { handlers: ['update'], ...set, source: 'updateGroup' }),
    only('KmsKeyId', ['logs:DisassociateKmsKey'], { ...unset, source: 'updateGroup' }),
    only('BearerTokenAuthenticationEnabled', ['logs:PutBearerTokenAuthentication']),
    only(
      'DataProtectionPolicy',
      [
        'firehose:TagDeliveryStream',
        'logs:CreateLogDelivery',
        'logs:DeleteDataProtectionPolicy',
        'logs:PutDataProtectionPolicy',
      ],
      { source: 'logDataProtection' },
    ),
    only('DeletionProtectionEnabled', ['logs:PutLogGroupDeletionProtection']),
    only('FieldIndexPolicies', ['logs:PutIndexPolicy']),
    only('FieldIndexPolicies', ['logs:DeleteIndexPolicy'], unset),
    only(['ResourcePolicyDocument', 'DataProtectionPolicy'], ['logs:PutResourcePolicy']),
    only('ResourcePolicyDocument', ['logs:DeleteResourcePolicy'], unset),
  ],
  'AWS::Logs::MetricFilter': [
    hard('filter', 'logs:DescribeMetricFilters', 'logs:PutMetricFilter', 'logs:DeleteMetricFilter'),
  ],
  'AWS::Route53::RecordSet': [
    {
      actions: ['route53:ChangeResourceRecordSets'],
      handlers: ['create', 'update', 'delete'],
      source: 'recordSet',
      isAdded: true,
    },
  ],
  'AWS::S3::Bucket': [
    hard('bucketTags', 's3:PutBucketTagging'),
    only('BucketEncryption', ['s3:PutEncryptionConfiguration']),
    only('AbacStatus', ['s3:GetBucketAbac', 's3:PutBucketAbac']),
    only('AccelerateConfiguration', ['s3:GetAccelerateConfiguration', 's3:PutAccelerateConfiguration']),
    only('AccessControl', ['s3:GetBucketAcl', 's3:PutBucketAcl', 's3:PutObjectAcl']),
    only('AccessControl', ['s3:PutBucketAcl'], {
      handlers: ['create'],
      source: 'createBucket',
      isAdded: true,
    }),
    only('AnalyticsConfigurations', ['s3:GetAnalyticsConfiguration', 's3:PutAnalyticsConfiguration']),
    only('CorsConfiguration', ['s3:GetBucketCORS', 's3:PutBucketCORS']),
    only('IntelligentTieringConfigurations', [
      's3:GetIntelligentTieringConfiguration',
      's3:PutIntelligentTieringConfiguration',
    ]),
    only('InventoryConfigurations', ['s3:GetInventoryConfiguration', 's3:PutInventoryConfiguration']),
    only('LifecycleConfiguration', ['s3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration']),
    only('LoggingConfiguration', ['s3:GetBucketLogging', 's3:PutBucketLogging']),
    only('MetadataConfiguration', [
      's3:UpdateBucketMetadataAnnotationTableConfiguration',
      's3:UpdateBucketMetadataInventoryTableConfiguration',
      's3:UpdateBucketMetadataJournalTableConfiguration',
    ]),
    only(
      ['MetadataConfiguration', 'MetadataTableConfiguration'],
      [
        's3:CreateBucketMetadataTableConfiguration',
        's3:DeleteBucketMetadataTableConfiguration',
        's3:GetBucketMetadataTableConfiguration',
        ...s3Tables,
      ],
    ),
    only('MetricsConfigurations', ['s3:GetMetricsConfiguration', 's3:PutMetricsConfiguration']),
    only('NotificationConfiguration', ['s3:GetBucketNotification', 's3:PutBucketNotification']),
    only(
      ['ObjectLockConfiguration', 'ObjectLockEnabled'],
      ['s3:GetBucketObjectLockConfiguration', 's3:PutBucketObjectLockConfiguration'],
    ),
    only('OwnershipControls', ['s3:GetBucketOwnershipControls', 's3:PutBucketOwnershipControls']),
    only('PublicAccessBlockConfiguration', [
      's3:GetBucketPublicAccessBlock',
      's3:PutBucketPublicAccessBlock',
    ]),
    only('ReplicationConfiguration', ['s3:GetReplicationConfiguration', 's3:PutReplicationConfiguration']),
    only('VersioningConfiguration', ['s3:GetBucketVersioning', 's3:PutBucketVersioning']),
    only('WebsiteConfiguration', ['s3:GetBucketWebsite', 's3:PutBucketWebsite']),
    only('WebsiteConfiguration', ['s3:DeleteBucketWebsite'], unset),
  ],
  'AWS::SNS::Subscription': [only('SubscriptionRoleArn', ['iam:GetRole'])],
  'AWS::SNS::Topic': [
    hard('topic', 'sns:CreateTopic', 'sns:GetTopicAttributes', 'sns:TagResource', 'sns:UntagResource'),
    hard('topicUpdate', 'sns:SetTopicAttributes', 'sns:ListSubscriptionsByTopic'),
    soft('readTopic', ['read'], 'sns:ListSubscriptionsByTopic'),
    soft('readTopic', ['read', 'update'], 'sns:GetDataProtectionPolicy', 'sns:ListTagsForResource'),
    only('DataProtectionPolicy', ['sns:PutDataProtectionPolicy']),
    only('DeliveryStatusLogging', ['iam:GetRole']),
    only('Subscription', ['sns:Subscribe'], { ...set, source: 'topic' }),
    only('Subscription', ['sns:Unsubscribe'], { ...unset, source: 'topic' }),
  ],
};
