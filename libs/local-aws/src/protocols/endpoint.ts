import type { SignatureRules } from '../authentication/outcome.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import type { ServiceOperation } from './operation.ts';
import { type denialMessage, type RefusalCodes, refusalError } from './refusal.ts';

/** The service of an endpoint. */
export interface Service extends Pick<Endpoint, 'signingName' | 'model' | 'pathPrefix'> {
  readonly operations: readonly ServiceOperation[];
}

interface ProtocolEndpoint
  extends Pick<Endpoint, 'signingName' | 'model' | 'pathPrefix' | 'operations' | 'route' | 'fail'> {
  readonly refusalCodes: RefusalCodes;
  readonly denialMessage?: typeof denialMessage | undefined;
}

/**
 * Services that refuse a signature after 5 minutes. The others take it for 15. AWS documents neither, but its answers end in
 * "- 5 min.)" or "- 15 min.)": Lambda (https://repost.aws/knowledge-center/lambda-sdk-signature), SSM
 * (https://github.com/aws/aws-sdk-net/issues/1506), CloudFormation (https://github.com/hashicorp/terraform/issues/9571), CloudWatch Logs
 * (https://github.com/hashicorp/terraform-provider-aws/issues/34683); STS (https://github.com/aws/aws-cli/issues/6676), DynamoDB
 * (https://github.com/praetorian-inc/chariot-ui/issues/453).
 */
const shortLived: ReadonlySet<string> = new Set(['lambda', 'ssm', 'cloudformation', 'logs']);

/** Makes an endpoint with the signature rules and refusals of AWS's services, except S3 and execute-api. */
export function protocolEndpoint({ refusalCodes, denialMessage, ...endpoint }: ProtocolEndpoint): Endpoint {
  const rules: SignatureRules = {
    signingName: endpoint.signingName,
    maxSkewSeconds: shortLived.has(endpoint.signingName) ? 300 : 900,
    path: 'normalize-and-double-encode',
    unsignedPayload: false,
  };
  return {
    ...endpoint,
    signatureRules: () => rules,
    refuse: (refusal, request) => endpoint.fail(refusalError(refusal, refusalCodes, denialMessage), request),
  };
}

/** The parameters of a query without `X-Amz-…`, the signature of a presigned URL. */
export function unsignedParameters(rawQuery: string): URLSearchParams {
  return new URLSearchParams([...new URLSearchParams(rawQuery)].filter(([name]) => !/^x-amz-/i.test(name)));
}
