import * as v from 'valibot';
import { assertLogGroup } from '../../apigateway/definition/stage-settings.ts';
import type { HttpStageSettings } from '../deployed-http-api.ts';

/** A limit of requests per second, or at once. */
export const limit = v.pipe(v.number(), v.minValue(0, 'a throttling limit is a number of at least 0'));

/** Settings for one route, or for all of a stage, as requests have them. HTTP APIs have no execution logs. */
export const routeSettings = v.object({
  detailedMetricsEnabled: v.optional(v.boolean()),
  throttlingBurstLimit: v.optional(limit),
  throttlingRateLimit: v.optional(limit),
});

/**
 * Reads where a stage's access log goes. An HTTP API needs no role in the account's settings to write it
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html).
 * @throws AwsError `BadRequestException` for a destination or a format that cannot be used
 */
export function accessLog(
  given: { readonly destinationArn?: string | undefined; readonly format?: string | undefined } = {},
): HttpStageSettings['accessLogSettings'] {
  const { destinationArn = '', format = '' } = given;
  if (destinationArn === '' && format === '') return undefined;
  const settings = { destinationArn, format };
  assertLogGroup(settings);
  return settings;
}
