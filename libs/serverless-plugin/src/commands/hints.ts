/** API Gateway's answer in an account and region without a role for access logs. */
const REFUSAL = 'CloudWatch Logs role ARN must be set in account settings to enable logging';

const REMEDY =
  'Account A has no role with which API Gateway writes access logs in this region. npm run check -- --stage <stage> prints the commands that set it. Run them, then deploy again.';

/**
 * Adds a remedy to the error of an account without a role for access logs. New accounts have none, so their first deployment fails
 * with this error.
 * @param error is changed
 */
export function hintAtAccessLogRole(error: PrintedError): void {
  if (error.message.includes(REFUSAL)) add(error, REMEDY);
}

/**
 * Adds a remedy to the error of a container image that `serverless.yml` names by a tag. The framework asks ECR for the image's digest while
 * it packages, before anything is deployed, so that no list of a deployment's permissions has the action.
 * @param error is changed
 */
export function hintAtImageDigest(error: PrintedError): void {
  const { repository } =
    /ecr:DescribeImages on resource: (?<repository>\S+)/.exec(error.message)?.groups ?? {};
  if (repository === undefined) return;
  add(
    error,
    `serverless.yml names a container image by its tag, and the framework asks ECR for the image's digest. Name it by the digest, …@sha256:…, and nothing is asked. Or allow whoever packages ecr:DescribeImages on ${repository}.`,
  );
}

/** The framework prints its decorated message, if it has one. */
type PrintedError = Error & { decoratedMessage?: string };

function add(error: PrintedError, remedy: string): void {
  error.message += `\n\n${remedy}`;
  if (error.decoratedMessage !== undefined) error.decoratedMessage += `\n\n${remedy}`;
}
