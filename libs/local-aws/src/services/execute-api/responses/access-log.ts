import { createHash } from 'node:crypto';
import type { Scope } from '../../../core/scope.ts';
import type { Invocation } from '../invocation.ts';
import { substitute, type Variables } from './variables.ts';

/** Takes lines for log groups. */
export interface LogWriter {
  /** A group that does not exist gets nothing, as on AWS. */
  write(
    scope: Scope,
    logGroupName: string,
    logStreamName: string,
    events: readonly { readonly timestamp: number; readonly message: string }[],
  ): void | Promise<void>;
}

/** Writes a request's line to the stage's access log, if it has one. A variable without a value is `-`. */
export async function writeAccessLog(
  logs: LogWriter,
  { stage, request }: Invocation,
  variables: Variables,
): Promise<void> {
  if (stage.accessLog === undefined) return;
  const [, region = '', accountId = '', group = ''] =
    /^arn:[\w-]+:logs:([\w-]+):(\d{12}):log-group:(.+?)(?::\*)?$/.exec(stage.accessLog.destinationArn) ?? [];
  const message = substitute(stage.accessLog.format.replace(/\r?\n$/, ''), variables, '-');
  const stream = createHash('md5').update(`${stage.apiId}/${stage.stageName}`).digest('hex');
  await logs.write({ accountId, region }, group, stream, [
    { timestamp: request.receivedAt.getTime(), message },
  ]);
}
