import {
  type ConditionKeys,
  type Principal,
  principalContext,
  type ServicePrincipal,
} from '@cross-account-api/iam';
import { isoSeconds } from '../core/clock.ts';
import { defined } from '../core/defined.ts';
import { type AwsRequest, clientIp, header } from '../core/request.ts';

/**
 * The global condition keys of a request. The authorizer adds those of the organization; services add `aws:SourceArn` and
 * `aws:SourceAccount`. @param region the region that the request was sent to; `us-east-1` for global services
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function globalContext(
  principal: Principal | ServicePrincipal,
  request: ConnectionFacts,
  region?: string,
): ConditionKeys {
  return { ...principalContext(principal), ...requestKeys(request, region) };
}

type ConnectionFacts = Pick<AwsRequest, 'host' | 'headers' | 'sourceIp' | 'secureTransport' | 'receivedAt'>;

/** A VPC endpoint serves a private API as `<api>-<endpoint>.execute-api.<region>.amazonaws.com`. */
const ENDPOINT_HOST = /^[a-z0-9]+-(vpce-[0-9a-f]+)\.execute-api\./i;

/** The global condition keys that follow from the request alone. */
export function requestKeys(request: ConnectionFacts, region?: string): ConditionKeys {
  const [, endpoint] = ENDPOINT_HOST.exec(request.host) ?? [];
  const address = clientIp(request);
  return defined({
    // Through an endpoint, a request has an address of the VPC, which is another key.
    ...(endpoint === undefined
      ? { 'aws:SourceIp': address }
      : { 'aws:SourceVpce': endpoint.toLowerCase(), 'aws:VpcSourceIp': address }),
    'aws:SecureTransport': String(request.secureTransport),
    'aws:CurrentTime': isoSeconds(request.receivedAt),
    'aws:EpochTime': String(Math.floor(request.receivedAt.getTime() / 1000)),
    'aws:UserAgent': header(request, 'user-agent'),
    'aws:Referer': header(request, 'referer'),
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': 'false',
  });
}
