import { AwsError } from '../../core/errors.ts';
import { header } from '../../core/request.ts';
import { type PolicyRules, parsePolicy } from './bucket-policy.ts';
import { invalidArgument } from './errors.ts';
import { canonicalId } from './listing.ts';
import type { S3Call, S3Operation } from './operation.ts';
import type { Bucket, BucketStore } from './store.ts';
import { parseXml, refuseOtherElements, text } from './xml.ts';

/** The operations on buckets and their configuration. */
export function bucketOperations(store: BucketStore, rules: PolicyRules): readonly S3Operation[] {
  return [
    {
      name: 'ListBuckets',
      method: 'GET',
      on: 'service',
      action: 's3:ListAllMyBuckets',
      handle: ({ accountId, query }) => listBuckets(store.list(accountId), accountId, query),
    },
    {
      name: 'CreateBucket',
      method: 'PUT',
      on: 'bucket',
      action: 's3:CreateBucket',
      handle: (call) => {
        checkLocation(call);
        const existing = store.find(call.bucketName);
        // In the first region alone, to create one's own bucket once more is no error.
        const isAgain = existing?.accountId === call.accountId && call.region === 'us-east-1';
        if (!isAgain) store.create(call, call.bucketName);
        return { headers: { location: `/${call.bucketName}` } };
      },
    },
    {
      name: 'HeadBucket',
      method: 'HEAD',
      on: 'bucket',
      action: 's3:ListBucket',
      handle: ({ bucketName }) => ({
        headers: {
          'x-amz-bucket-region': store.bucket(bucketName).region,
          'x-amz-access-point-alias': 'false',
        },
      }),
    },
    {
      name: 'DeleteBucket',
      method: 'DELETE',
      on: 'bucket',
      action: 's3:DeleteBucket',
      handle: ({ bucketName }) => {
        store.delete(bucketName);
        return { status: 204 };
      },
    },
    {
      name: 'GetBucketLocation',
      method: 'GET',
      on: 'bucket',
      markers: ['location'],
      action: 's3:GetBucketLocation',
      handle: ({ bucketName }) => {
        const { region } = store.bucket(bucketName);
        // The first region's constraint is written as an empty element.
        return { xml: { LocationConstraint: region === 'us-east-1' ? '' : region } };
      },
    },
    {
      name: 'GetBucketVersioning',
      method: 'GET',
      on: 'bucket',
      markers: ['versioning'],
      action: 's3:GetBucketVersioning',
      handle: ({ bucketName }) => {
        store.bucket(bucketName);
        return { xml: { VersioningConfiguration: '' } };
      },
    },
    configurationRead(store, 'GetBucketEncryption', 'encryption', 's3:GetEncryptionConfiguration'),
    configurationRead(store, 'GetPublicAccessBlock', 'publicAccessBlock', 's3:GetBucketPublicAccessBlock'),
    configurationRead(store, 'GetBucketTagging', 'tagging', 's3:GetBucketTagging'),
    {
      name: 'GetBucketPolicy',
      method: 'GET',
      on: 'bucket',
      markers: ['policy'],
      action: 's3:GetBucketPolicy',
      handle: ({ bucketName }) => ({
        headers: { 'content-type': 'application/json' },
        bytes: Buffer.from(policyText(store.bucket(bucketName), rules)),
      }),
    },
    {
      name: 'PutBucketPolicy',
      method: 'PUT',
      on: 'bucket',
      markers: ['policy'],
      action: 's3:PutBucketPolicy',
      handle: ({ bucketName, payload }) => {
        const bucket = store.bucket(bucketName);
        bucket.policy = parsePolicy(bucketName, payload.toString('utf8'), rules);
        return { status: 204 };
      },
    },
    {
      name: 'DeleteBucketPolicy',
      method: 'DELETE',
      on: 'bucket',
      markers: ['policy'],
      action: 's3:DeleteBucketPolicy',
      handle: ({ bucketName }) => {
        delete store.bucket(bucketName).policy;
        return { status: 204 };
      },
    },
  ];
}

/** What buckets have that nobody configured: S3's defaults since April 2023. */
const defaults: ReadonlyMap<string, object> = new Map([
  [
    'encryption',
    {
      ServerSideEncryptionConfiguration: {
        Rule: {
          ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
          BucketKeyEnabled: false,
        },
      },
    },
  ],
  [
    'publicAccessBlock',
    {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    },
  ],
]);

function configurationRead(
  store: BucketStore,
  name: string,
  subresource: string,
  action: string,
): S3Operation {
  return {
    name,
    method: 'GET',
    on: 'bucket',
    markers: [subresource],
    action,
    handle: ({ bucketName }) => {
      const xml = store.bucket(bucketName).configuration.get(subresource) ?? defaults.get(subresource);
      if (xml === undefined) {
        throw new AwsError('NoSuchTagSet', 'The TagSet does not exist', 404, { BucketName: bucketName });
      }
      return { xml };
    },
  };
}

function policyText({ name, policy }: Bucket, rules: PolicyRules): string {
  if (policy === undefined) {
    throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404, { BucketName: name });
  }
  return JSON.stringify(rules.showPrincipals(policy.document));
}

const mostBuckets = 10_000;

function listBuckets(buckets: readonly Bucket[], accountId: string, query: URLSearchParams) {
  const most = query.get('max-buckets') ?? String(mostBuckets);
  if (!/^[1-9]\d{0,4}$/.test(most) || Number(most) > mostBuckets) {
    throw invalidArgument(
      `Argument max-buckets must be an integer between 1 and ${mostBuckets}`,
      'max-buckets',
      most,
    );
  }
  const prefix = query.get('prefix') ?? '';
  const region = query.get('bucket-region');
  const after = query.get('continuation-token') ?? '';
  const matching = buckets
    .filter(
      (bucket) =>
        bucket.name.startsWith(prefix) &&
        bucket.name > after &&
        (region === null || bucket.region === region),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = matching.slice(0, Number(most));
  const last = page.length < matching.length ? page.at(-1)?.name : undefined;
  return {
    xml: {
      ListAllMyBucketsResult: {
        Owner: { ID: canonicalId(accountId) },
        Buckets: {
          Bucket: page.map((bucket) => ({
            Name: bucket.name,
            CreationDate: bucket.createdAt.toISOString(),
            BucketRegion: bucket.region,
          })),
        },
        ...(last === undefined ? {} : { ContinuationToken: last }),
        ...(prefix === '' ? {} : { Prefix: prefix }),
      },
    },
  };
}

/** A bucket is made in the region that is asked, and the request's `LocationConstraint` must say so. */
function checkLocation({ payload, region, request }: S3Call): void {
  if (header(request, 'x-amz-object-ownership') === 'ObjectWriter') {
    throw invalidArgument(
      'local AWS has no ACLs: buckets own their objects.',
      'x-amz-object-ownership',
      'ObjectWriter',
    );
  }
  const configuration = payload.length === 0 ? {} : parseXml(payload, 'CreateBucketConfiguration');
  refuseOtherElements(configuration, ['LocationConstraint']);
  const constraint = text(configuration, 'LocationConstraint');
  const asked = constraint === undefined || constraint === '' ? 'us-east-1' : constraint;
  if (asked === region) return;
  const named = asked === constraint ? `${constraint} location` : 'unspecified location';
  throw new AwsError(
    'IllegalLocationConstraintException',
    `The ${named} constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}
