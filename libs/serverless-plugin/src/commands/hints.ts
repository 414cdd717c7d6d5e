/** API Gateway's answer in an account and region without a role for access logs. */
const REFUSAL = 'CloudWatch Logs role ARN must be set in account settings to enable logging';

const REMEDY =
  'Account A has no role with which API Gateway writes access logs in this region. npm run check -- --stage <stage> prints the commands that set it. Run them, then deploy again.';

/**
 * Adds a remedy to the error of an account without a role for access logs. New accounts have none, so their first deployment fails
 * with this error.
 * @param error is changed. The framework prints its decorated message, if it has one
 */
export function hintAtAccessLogRole(error: Error & { decoratedMessage?: string }): void {
  if (!error.message.includes(REFUSAL)) return;
  error.message += `\n\n${REMEDY}`;
  if (error.decoratedMessage !== undefined) error.decoratedMessage += `\n\n${REMEDY}`;
}
