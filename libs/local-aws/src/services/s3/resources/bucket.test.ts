import { systemClock } from '../../../core/clock.ts';
import { body, create, createCloud, reasonOf, update } from '../../cloudformation/cloudformation.testing.ts';
import { createS3Service } from '../index.ts';

function createStorage() {
  const s3 = createS3Service({
    clock: systemClock,
    principals: { bindPrincipals: (document) => document, showPrincipals: (document) => document },
  });
  const cloud = createCloud(new Map(), s3.resourceTypes);
  return cloud;
}

const bucket = (properties: object) => ({ Type: 'AWS::S3::Bucket', Properties: properties });

test('Lifecycle, ownership, versions and CORS need their permissions, and the deployment says that they have no effect.', async () => {
  const cloud = createStorage();
  await create(
    cloud,
    body({
      Files: bucket({
        BucketName: 'files',
        AccessControl: 'Private',
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
        },
        LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 1 }] },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        VersioningConfiguration: { Status: 'Enabled' },
        CorsConfiguration: { CorsRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
      }),
    }),
  );
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBe(
    [
      'These properties have no effect in local AWS, or only part of it: ',
      'Files.BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault.SSEAlgorithm (objects are not encrypted with a KMS key); ',
      'Files.LifecycleConfiguration (objects do not expire); ',
      'Files.OwnershipControls (objects have no access control lists); ',
      'Files.VersioningConfiguration.Status (an object has one version); ',
      'Files.CorsConfiguration (answers have no headers of CORS).',
    ].join(''),
  );
  expect(cloud.asked.map(({ action }) => action)).toEqual(
    expect.arrayContaining([
      ...['s3:PutBucketAcl', 's3:PutBucketCORS', 's3:PutLifecycleConfiguration'],
      ...['s3:PutBucketOwnershipControls', 's3:PutBucketVersioning'],
    ]),
  );
});

test.each([
  ['ExpirationInDays', { ExpirationInDays: -1 }],
  ['NoncurrentVersionExpiration/NoncurrentDays', { NoncurrentVersionExpiration: { NoncurrentDays: '0' } }],
])('A lifecycle with %s below 1 fails the stack, as on AWS: %j', async (path, rule) => {
  const cloud = createStorage();
  const LifecycleConfiguration = { Rules: [{ Status: 'Enabled', ...rule }] };
  await create(cloud, body({ Files: bucket({ LifecycleConfiguration }) }));
  expect(await reasonOf(cloud, 'Files CREATE_FAILED')).toContain(
    `#/LifecycleConfiguration/Rules/0/${path}: must be a positive integer`,
  );
});

test('The defaults of S3 are not announced as properties without effect.', async () => {
  const cloud = createStorage();
  const encryption = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false };
  const properties = {
    BucketEncryption: { ServerSideEncryptionConfiguration: [encryption] },
    VersioningConfiguration: { Status: 'Suspended' },
  };
  await create(cloud, body({ Files: bucket(properties) }));
  expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBeUndefined();
});

test('A bucket with a public access control list is refused, and the error says what to do instead.', async () => {
  const template = body({ Files: bucket({ AccessControl: 'PublicRead' }) });
  await expect(create(createStorage(), template)).rejects.toThrow('Use a bucket policy instead.');
});

const open = (Bucket: object) => ({
  Type: 'AWS::S3::BucketPolicy',
  Properties: {
    Bucket,
    PolicyDocument: {
      Statement: {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Files', 'Arn'] }, '/*']] },
      },
    },
  },
});

// https://github.com/aws-samples/aws-cdk-examples/issues/919
test.each<[string, object, string | undefined]>([
  [
    'without settings',
    {},
    'because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.',
  ],
  [
    'that allows public policies',
    { PublicAccessBlockConfiguration: { BlockPublicPolicy: false } },
    undefined,
  ],
])('A bucket %s and with a public policy: %j', async (_name, properties, reason) => {
  const cloud = createStorage();
  const Policy = open({ Ref: 'Files' });
  await create(cloud, body({ Files: bucket({ BucketName: 'files', ...properties }), Policy }));
  if (reason === undefined) expect(await reasonOf(cloud, 'app CREATE_COMPLETE')).toBeUndefined();
  else expect(await reasonOf(cloud, 'Policy CREATE_FAILED')).toContain(reason);
});

test('An update can allow a public policy.', async () => {
  const cloud = createStorage();
  await create(cloud, body({ Files: bucket({ BucketName: 'files' }) }));
  const PublicAccessBlockConfiguration = { BlockPublicAcls: true, IgnorePublicAcls: true };
  const Files = bucket({ BucketName: 'files', PublicAccessBlockConfiguration });
  await update(cloud, body({ Files, Policy: open({ Ref: 'Files' }) }));
  expect(await reasonOf(cloud, 'app UPDATE_COMPLETE')).toBeUndefined();
});
