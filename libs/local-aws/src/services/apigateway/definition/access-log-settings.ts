import type { AccessLogSettings } from '../deployed-api.ts';
import { badRequest } from '../store.ts';

const LOG_GROUP_ARN = /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[\w./#-]{1,512}(?::\*)?$/;

/**
 * Checks a stage's access log settings, as API Gateway does when they are stored.
 * @param cloudWatchRoleArn the account's role for logs
 * @throws AwsError `BadRequestException`
 */
export function assertAccessLogSettings(
  { destinationArn, format }: AccessLogSettings,
  cloudWatchRoleArn: string | undefined,
): void {
  if (cloudWatchRoleArn === undefined) {
    throw badRequest('CloudWatch Logs role ARN must be set in account settings to enable logging');
  }
  if (!LOG_GROUP_ARN.test(destinationArn)) {
    throw badRequest(
      `Invalid ARN specified in the request: ${destinationArn}. local AWS writes access logs to log groups: arn:aws:logs:<region>:<account>:log-group:<name>.`,
    );
  }
  if (/[\r\n](?!$)/.test(format)) {
    throw badRequest(
      'Access Log format must be single line, new line character is allowed only at end of the format',
    );
  }
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(format)) {
    throw badRequest('Access Log format must include $context.requestId or $context.extendedRequestId');
  }
}
