import { AwsError } from '../../../core/errors.ts';
import type { AccessLogSettings } from '../deployed-api.ts';

const LOG_GROUP_ARN = /^arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[\w./#-]{1,512}(?::\*)?$/;

/**
 * Checks a stage's access log settings, as API Gateway does when they are stored.
 * @param cloudWatchRoleArn the account's role for logs
 * @throws AwsError `BadRequestException`
 */
export function assertAccessLogSettings(
  settings: AccessLogSettings,
  cloudWatchRoleArn: string | undefined,
): void {
  if (cloudWatchRoleArn === undefined) {
    throw new AwsError(
      'BadRequestException',
      'CloudWatch Logs role ARN must be set in account settings to enable logging',
    );
  }
  if (!LOG_GROUP_ARN.test(settings.destinationArn)) {
    throw new AwsError(
      'BadRequestException',
      `Invalid ARN specified in the request: ${settings.destinationArn}. local AWS writes access logs to log groups: arn:aws:logs:<region>:<account>:log-group:<name>.`,
    );
  }
  if (/[\r\n](?!$)/.test(settings.format)) {
    throw new AwsError(
      'BadRequestException',
      'Access Log format must be single line, new line character is allowed only at end of the format',
    );
  }
  if (!/\$context\.(?:requestId|extendedRequestId)\b/.test(settings.format)) {
    throw new AwsError(
      'BadRequestException',
      'Access Log format must include $context.requestId or $context.extendedRequestId',
    );
  }
}
