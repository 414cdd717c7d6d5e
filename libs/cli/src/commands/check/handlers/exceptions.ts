/** Actions of a type's handlers that a deployment needs only if it sets a property. Nested properties have dots. */
export type PropertyExceptions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

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
const metadataTable = [
  's3:CreateBucketMetadataTableConfiguration',
  's3:DeleteBucketMetadataTableConfiguration',
  's3:GetBucketMetadataTableConfiguration',
  ...s3Tables,
];

/**
 * The actions that belong to one property, by resource type. AWS's schemas do not tell which property needs an action: this is read from
 * the names, and from the documentation of the properties.
 */
export const propertyExceptions: PropertyExceptions = {
  'AWS::DynamoDB::Table': {
    ContributorInsightsSpecification: ['dynamodb:UpdateContributorInsights', 'iam:CreateServiceLinkedRole'],
    // CloudWatch Logs gets the import's errors.
    ImportSourceSpecification: [
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
    ],
    KinesisStreamSpecification: [
      'dynamodb:DisableKinesisStreamingDestination',
      'dynamodb:EnableKinesisStreamingDestination',
      'dynamodb:UpdateKinesisStreamingDestination',
      'iam:CreateServiceLinkedRole',
      'kinesis:DescribeStream',
      'kinesis:PutRecords',
    ],
    ResourcePolicy: ['dynamodb:DeleteResourcePolicy', 'dynamodb:PutResourcePolicy'],
    SSESpecification: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt'],
  },
  'AWS::Events::EventBus': {
    KmsKeyIdentifier: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:GenerateDataKeyWithoutPlaintext',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  },
  'AWS::Kinesis::Stream': {
    DesiredShardLevelMetrics: ['kinesis:DisableEnhancedMonitoring', 'kinesis:EnableEnhancedMonitoring'],
    MaxRecordSizeInKiB: ['kinesis:UpdateMaxRecordSize'],
    RetentionPeriodHours: ['kinesis:DecreaseStreamRetentionPeriod', 'kinesis:IncreaseStreamRetentionPeriod'],
    StreamEncryption: ['kinesis:StartStreamEncryption', 'kinesis:StopStreamEncryption'],
    WarmThroughputMiBps: ['kinesis:UpdateStreamWarmThroughput'],
  },
  'AWS::Lambda::EventSourceMapping': {
    KmsKeyArn: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
  },
  'AWS::IAM::Role': {
    ManagedPolicyArns: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    PermissionsBoundary: ['iam:PutRolePermissionsBoundary'],
  },
  'AWS::Lambda::Function': {
    CapacityProviderConfig: ['lambda:PassCapacityProvider'],
    'Code.S3ObjectVersion': ['s3:GetObjectVersion'],
    CodeSigningConfigArn: [
      'lambda:DeleteFunctionCodeSigningConfig',
      'lambda:GetCodeSigningConfig',
      'lambda:PutFunctionCodeSigningConfig',
    ],
    FileSystemConfigs: ['elasticfilesystem:DescribeMountTargets', 's3files:ListMountTargets'],
    FunctionScalingConfig: ['lambda:PutFunctionScalingConfig'],
    KmsKeyArn: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
    Layers: ['lambda:GetLayerVersion'],
    PublishToLatestPublished: ['lambda:PublishVersion'],
    RecursiveLoop: ['lambda:PutFunctionRecursionConfig'],
    ReservedConcurrentExecutions: ['lambda:DeleteFunctionConcurrency', 'lambda:PutFunctionConcurrency'],
    RuntimeManagementConfig: ['lambda:PutRuntimeManagementConfig'],
    VpcConfig: [
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
  },
  'AWS::Logs::LogGroup': {
    BearerTokenAuthenticationEnabled: ['logs:PutBearerTokenAuthentication'],
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/data-protection-policy-permissions.html
    DataProtectionPolicy: [
      'firehose:TagDeliveryStream',
      'logs:CreateLogDelivery',
      'logs:DeleteDataProtectionPolicy',
      'logs:PutDataProtectionPolicy',
      'logs:PutResourcePolicy',
    ],
    DeletionProtectionEnabled: ['logs:PutLogGroupDeletionProtection'],
    FieldIndexPolicies: ['logs:DeleteIndexPolicy', 'logs:PutIndexPolicy'],
    KmsKeyId: ['logs:AssociateKmsKey', 'logs:DisassociateKmsKey'],
    ResourcePolicyDocument: ['logs:DeleteResourcePolicy', 'logs:PutResourcePolicy'],
  },
  'AWS::S3::Bucket': {
    AbacStatus: ['s3:GetBucketAbac', 's3:PutBucketAbac'],
    AccelerateConfiguration: ['s3:GetAccelerateConfiguration', 's3:PutAccelerateConfiguration'],
    AccessControl: ['s3:GetBucketAcl', 's3:PutBucketAcl', 's3:PutObjectAcl'],
    AnalyticsConfigurations: ['s3:GetAnalyticsConfiguration', 's3:PutAnalyticsConfiguration'],
    CorsConfiguration: ['s3:GetBucketCORS', 's3:PutBucketCORS'],
    IntelligentTieringConfigurations: [
      's3:GetIntelligentTieringConfiguration',
      's3:PutIntelligentTieringConfiguration',
    ],
    InventoryConfigurations: ['s3:GetInventoryConfiguration', 's3:PutInventoryConfiguration'],
    LifecycleConfiguration: ['s3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration'],
    LoggingConfiguration: ['s3:GetBucketLogging', 's3:PutBucketLogging'],
    MetadataConfiguration: [
      's3:UpdateBucketMetadataAnnotationTableConfiguration',
      's3:UpdateBucketMetadataInventoryTableConfiguration',
      's3:UpdateBucketMetadataJournalTableConfiguration',
      ...metadataTable,
    ],
    MetadataTableConfiguration: metadataTable,
    MetricsConfigurations: ['s3:GetMetricsConfiguration', 's3:PutMetricsConfiguration'],
    NotificationConfiguration: ['s3:GetBucketNotification', 's3:PutBucketNotification'],
    ObjectLockConfiguration: ['s3:GetBucketObjectLockConfiguration', 's3:PutBucketObjectLockConfiguration'],
    ObjectLockEnabled: ['s3:GetBucketObjectLockConfiguration', 's3:PutBucketObjectLockConfiguration'],
    OwnershipControls: ['s3:GetBucketOwnershipControls', 's3:PutBucketOwnershipControls'],
    PublicAccessBlockConfiguration: ['s3:GetBucketPublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
    ReplicationConfiguration: ['s3:GetReplicationConfiguration', 's3:PutReplicationConfiguration'],
    VersioningConfiguration: ['s3:GetBucketVersioning', 's3:PutBucketVersioning'],
    WebsiteConfiguration: ['s3:DeleteBucketWebsite', 's3:GetBucketWebsite', 's3:PutBucketWebsite'],
  },
  'AWS::SNS::Subscription': {
    SubscriptionRoleArn: ['iam:GetRole'],
  },
  'AWS::SNS::Topic': {
    DataProtectionPolicy: ['sns:PutDataProtectionPolicy'],
    DeliveryStatusLogging: ['iam:GetRole'],
    Subscription: ['sns:Subscribe', 'sns:Unsubscribe'],
  },
};

/** Actions that a deployment role leaves out although the table has them, with the reason. */
export interface ReasonedException {
  readonly type: string;
  readonly actions: readonly string[];
  readonly reason: string;
}

/** Actions that no property explains. */
export const reasonedExceptions: readonly ReasonedException[] = [
  {
    type: 'AWS::DynamoDB::Table',
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
    reason:
      'They make replicas of a global table (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html). This type has no property for replicas.',
  },
  {
    type: 'AWS::DynamoDB::Table',
    actions: ['kms:ListAliases', 'kms:RevokeGrant'],
    reason:
      'AWS names six other permissions on the key, and these not (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html). The setting tableKeyId is an ID, for which no alias is looked up. RevokeGrant would let the deployer end grants of others.',
  },
  {
    type: 'AWS::IAM::Role',
    actions: ['iam:DeleteRolePermissionsBoundary'],
    reason: 'Whoever takes over the deployment must not take the boundary off a role.',
  },
];
