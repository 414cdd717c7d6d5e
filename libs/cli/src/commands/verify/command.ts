import { listenForInterruption } from '@cross-account-api/command-line';
import { asksForCall, readCall, splitApiName } from '../../call/call-options.ts';
import { checkStage, command, type OptionValues, readNumber, UsageError } from '../../command-line.ts';
import { requiredPermissionsOfCall } from './call-permissions.ts';
import { verifyHelp, verifyOptions } from './help.ts';
import { printing, printJson, printVerification, type Run } from './print-results.ts';
import { refuseUnsafeRoutes, verifyCall } from './verify-call.ts';

/** `cross-account verify`. What is about a stage needs packages that a call of any API does not. */
export const verifyCommand = command(verifyHelp, verifyOptions, async (options) => {
  // Without a stage, it is `local`.
  const { apiName, values } = splitApiName(options, options.stage ?? 'local');
  const { json = false } = checkOptions(values);
  const waitSeconds = readNumber('wait', values.wait, { default: 60, min: 0, max: 3_600 });
  if (asksForCall(values)) {
    return verifyAnyCall(values, { waitSeconds, allowWrite: values['allow-write'] ?? false, json });
  }
  const { verifyStageCall } = await import('./stage-command.ts');
  const { caller, ...others } = values;
  const choice = apiName === undefined && caller === undefined ? undefined : { api: apiName, caller };
  return verifyStageCall(choice, others, { waitSeconds, allowWrite: values['allow-write'], json });
});

/** @throws UsageError that names the option and the rule */
function checkOptions<Values extends Omit<OptionValues<typeof verifyOptions>, 'api'>>(values: Values) {
  const { stage, compare: with_, report } = values;
  checkStage(stage);
  const ofStage = (['stage', 'compare', 'report', 'event'] as const).find(
    (name) => values[name] !== undefined,
  );
  if (ofStage !== undefined && asksForCall(values)) {
    throw new UsageError(
      `--${ofStage} is about a stage of this project. Leave it out, or the options of a call.`,
    );
  }
  if (with_ !== undefined && with_ !== 'local') {
    throw new UsageError(`--compare ${with_}: a stage is compared with local AWS only: --compare local.`);
  }
  if (report !== undefined && with_ === undefined) {
    throw new UsageError('--report writes a comparison. Add --compare local.');
  }
  return values;
}

/** Verifies a call of any API. */
async function verifyAnyCall(
  values: OptionValues<typeof verifyOptions>,
  { json, ...run }: Run & { readonly allowWrite: boolean },
): Promise<number> {
  const call = await readCall(values);
  const { callerArn, api } = call;
  refuseUnsafeRoutes(call.routes, run.allowWrite);
  if (values['required-permissions'] === true) {
    printJson(requiredPermissionsOfCall(call));
    return 0;
  }
  if (callerArn === undefined || api === undefined) {
    throw new UsageError(
      `Give ${callerArn === undefined ? '--caller' : '--api'}, too: --help names the page that has the whole command.`,
    );
  }
  const signal = listenForInterruption();
  const verification = await verifyCall(
    { ...call, callerArn },
    { ...run, signal, environment: process.env, ...(!json && printing()) },
  );
  return printVerification(verification, {
    name: api.url,
    permissions: 'With --required-permissions, this command',
    about: { api: api.url, caller: callerArn },
    json,
    signal,
  });
}
