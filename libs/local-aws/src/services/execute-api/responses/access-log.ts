import { createHash } from 'node:crypto';
import type { AccessLogSettings } from '../../apigateway/definition/stage-settings.ts';
import type { LogsService } from '../../logs/index.ts';
import type { Invocation } from '../invocation.ts';
import { substitute, type Variables } from './variables.ts';

/** Writes a request's line to the stage's access log. A variable without a value is `-`. */
export function writeAccessLog(
  logs: Pick<LogsService, 'write'>,
  { stage, request }: Invocation,
  { destinationArn, format }: AccessLogSettings,
  variables: Variables,
): void {
  const [, region = '', accountId = '', group = ''] =
    /^arn:[\w-]+:logs:([\w-]+):(\d{12}):log-group:(.+?)(?::\*)?$/.exec(destinationArn) ?? [];
  const message = substitute(format.replace(/\r?\n$/, ''), variables, '-');
  const stream = createHash('md5').update(`${stage.apiId}/${stage.stageName}`).digest('hex');
  logs.write({ accountId, region }, group, stream, [{ timestamp: request.receivedAt.getTime(), message }]);
}
