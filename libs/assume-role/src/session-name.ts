/**
 * The default name of a role session. It says which execution environment made the session: the function's name, a dot,
 * and the first 16 digits of the ID in which the name of the environment's log stream ends. A name of more than 47
 * characters is cut, so that STS's limit of 64 holds. Without an ID, as with SnapStart, it is the function's name.
 * @param logStreamName `AWS_LAMBDA_LOG_STREAM_NAME`: `2026/11/26/[$LATEST]8e1f…`, or with the function's name before the
 *   bracket if the log group is one of your own choice
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
 * @example
 * defaultSessionName('caller-dev', '2026/11/26/[$LATEST]8e1f5a0c3b7d4926a1c0ffee12345678') // 'caller-dev.8e1f5a0c3b7d4926'
 */
export function defaultSessionName(functionName: string, logStreamName = ''): string {
  const [id] = /[\da-f]{16}(?=[\da-f]{16}$)/.exec(logStreamName) ?? [];
  return id === undefined ? functionName : `${functionName.slice(0, 47)}.${id}`;
}
