import type { Authorizer } from '@cross-account-api/iam';
import type { Clock } from '../../core/clock.ts';
import type { AwsRequest } from '../../core/request.ts';
import type { Endpoint, Route } from '../../pipeline/endpoint.ts';
import type { DeployedApis } from '../apigateway/deployed-api.ts';
import type { DeployedHttpApis } from '../apigatewayv2/deployed-http-api.ts';
import type { LogsService } from '../logs/index.ts';
import type { LambdaIntegrationServices } from './integrations/function-call.ts';
import type { Address } from './routing/router.ts';

/** What answers the requests to one kind of API. */
export interface Plane extends Pick<Endpoint, 'refuse' | 'fail'> {
  /** Finds the route. Throws an `AwsError` if there is none. */
  route(request: AwsRequest, address: Address): Route;
}

/** What the planes need. */
export interface PlaneOptions extends LambdaIntegrationServices {
  readonly apis: DeployedApis;
  readonly httpApis: DeployedHttpApis;
  readonly logs: Pick<LogsService, 'write'>;
  /** Decides on requests to methods without authorization if the API has a resource policy. */
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** The organization of an account. */
  organizationOf(accountId: string): string | undefined;
}

/** The most that a request may have (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html). */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;
