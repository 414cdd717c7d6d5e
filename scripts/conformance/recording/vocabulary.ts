import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTypes, errorWords } from '../../../libs/cli/src/commands/verify/anonymize.ts';
import { projectRoot } from '../../lib/project.ts';

/** The services whose requests are recorded, by the names in signatures, and their packages of the AWS SDK. */
export const RECORDED_SERVICES: Readonly<Record<string, string | undefined>> = {
  sts: 'client-sts',
  iam: 'client-iam',
  apigateway: 'client-api-gateway',
  lambda: 'client-lambda',
  cloudformation: 'client-cloudformation',
  'execute-api': undefined,
};

/** The services whose actions policies of a stage name. */
const DEPLOYED = new Set(
  'iam sts lambda execute-api apigateway cloudformation logs dynamodb sns s3 kms cloudwatch xray events'.split(
    ' ',
  ),
);

/** Words of AWS that are in no schema of these services. */
const others = `
  http https ID ARN URL arn aws aws-cn aws-us-gov amazonaws com cn api execute-api restapis role user policy function assumed-role root log-group topic table
  cloudformation apigateway logs sts iam lambda dynamodb sns kms events cloudwatch s3 logging amazonaws service-role
  Version Statement Sid Effect Allow Deny Action NotAction Resource NotResource Principal NotPrincipal Condition Service Federated
  StringEquals StringNotEquals StringLike ArnEquals ArnLike Bool Null IpAddress NumericLessThan DateLessThan ForAnyValue ForAllValues
  ExternalId PrincipalArn PrincipalAccount PrincipalOrgID SourceArn SourceAccount SourceVpce SecureTransport
  2012-10-17 2008-10-17 2010-05-08 2010-05-15 2011-06-15 nodejs24 x nodejs22 arm64 x86_64 PassThrough Active
  AWS IAM Role Lambda Function Permission ApiGateway RestApi Deployment Stage Method Logs LogGroup DynamoDB Table CloudWatch Alarm
  Dashboard SNS Topic TopicPolicy S3 Bucket BucketPolicy Account GatewayResponse
  ErrorResponse ResponseMetadata ValidationError NoSuchEntity Sender Receiver AlreadyExistsException Canonical String String-to-Sign
  Reason Invalid AWS4-HMAC-SHA256 host x-amz-date x-amz-security-token user-agent content-type application json charset utf-8
  type title status detail instance code message Message Code RequestId errorMessage errorType trace
  stack Stack does exist resource resources create created update updated delete deleted cannot state No updates are performed
  Do have lambda_proxy AWS_PROXY AWS_IAM NONE GET HEAD POST PUT PATCH DELETE OPTIONS ANY HTTP REST true false null`
  .trim()
  .split(/\s+/);

/**
 * The public words that a recording may have: names of operations, members, values and paths of AWS's schemas, and the words of its errors.
 * Everything else in a recording is somebody's own.
 */
export function readVocabulary(): ReadonlySet<string> {
  const words = new Set([...errorWords, ...errorTypes, ...others]);
  for (const name of Object.values(RECORDED_SERVICES)) {
    if (name === undefined) continue;
    for (const file of ['schemas/schemas_0.js', 'models/enums.js', 'models/errors.js']) {
      const source = readFileSync(join(projectRoot, 'node_modules/@aws-sdk', name, 'dist-es', file), 'utf8');
      for (const [, text = ''] of source.matchAll(/"([^"\\\n]*)"/g)) {
        for (const word of text.match(/[\p{L}\p{N}_-]+/gu) ?? []) words.add(word);
        // The elements around an answer in XML.
        if (/^[A-Z][A-Za-z]+$/.test(text)) words.add(`${text}Response`).add(`${text}Result`);
      }
    }
  }
  for (const line of read('libs/iam/src/aws/actions.jsonl').split('\n').filter(Boolean)) {
    const [service, actions]: [string, Readonly<Record<string, string>>] = JSON.parse(line);
    if (!DEPLOYED.has(service)) continue;
    for (const name of Object.values(actions).flatMap((names) => names.split(' '))) words.add(name);
  }
  for (const type of Object.keys(JSON.parse(read('libs/iam/src/aws/inert-schemas.json')))) {
    for (const word of type.split('::')) words.add(word);
  }
  return words;
}

function read(file: string): string {
  return readFileSync(join(projectRoot, file), 'utf8');
}
