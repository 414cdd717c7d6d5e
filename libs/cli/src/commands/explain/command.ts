import { print } from '@cross-account-api/command-line';
import { renderingWith } from '@cross-account-api/iam/explain-command';
import { ReadError } from '../../aws/read-error.ts';
import type { Call } from '../../call/call.ts';
import { callPermissions } from '../../call/call-permissions.ts';
import { command } from '../../command-line.ts';
import { explainCall } from './explain-call.ts';
import { readStageRequest, stageExplainOptions } from './explain-request.ts';
import { explainHelp } from './help.ts';

/** `cross-account explain`. What is about a stage or about local AWS needs packages that a call of any API does not. */
export const explainCommand = command(explainHelp, stageExplainOptions, async (values) => {
  const request = await readStageRequest(values);
  if (request.form === 'call') return explainAnyCall(request.call, request.permissionsOnly, values.json);
  const { explainStage } = await import('./explain-stage.ts');
  return explainStage(request, values);
});

/** An error with which nothing can be told has exit code 2. */
async function explainAnyCall(call: Call, permissionsOnly: boolean, json?: boolean): Promise<number> {
  if (permissionsOnly) {
    process.stdout.write(`${JSON.stringify(callPermissions(call), null, 2)}\n`);
    return 0;
  }
  try {
    const explained = await explainCall(call, (accounts) => renderingWith('aws', accounts.values()));
    print(json, explained.document, () => explained.lines);
    return explained.exitCode;
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
