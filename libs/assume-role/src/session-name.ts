/**
 * The default name of a role session. It says which execution environment made the session: the function's name, a dot,
 * and the first 16 digits of the ID in which the name of the environment's log stream ends. A name of more than 47
 * characters is cut, so that STS's limit of 64 holds. Without an ID (outside of Lambda, or with SnapStart, which does not
 * set the variable), it is the function's name.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 * @example
 * // 2026/11/26/[$LATEST]8e1f5a0c3b7d4926a1c0ffee12345678, or caller-dev[$LATEST]8e1f… in a log group of one's own
 * defaultSessionName(process.env) // 'caller-dev.8e1f5a0c3b7d4926'
 */
export function defaultSessionName({
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_LOG_STREAM_NAME: stream = '',
}: NodeJS.ProcessEnv): string | undefined {
  const [id] = /[\da-f]{16}(?=[\da-f]{16}$)/.exec(stream) ?? [];
  return name && id ? `${name.slice(0, 47)}.${id}` : name;
}
