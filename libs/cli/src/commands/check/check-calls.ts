import { OWN_API } from '@cross-account-api/serverless-plugin';
import { type CheckResult, resultsOf } from './check-result.ts';
import { type Facts, isUnknown } from './facts.ts';

/**
 * The functions of the caller's service call only what the stage grants them. Of another API, the settings are judged: `explain --api` reads
 * its account.
 */
export function checkCalls({ stage, settings, services }: Facts): CheckResult[] {
  const caller = services?.caller;
  if ('problem' in settings || caller === undefined || isUnknown(caller) || caller.calls === undefined)
    return [];
  const { byFunction, problems } = caller.calls;
  const { pass, warn, fail } = resultsOf('calls');
  const isCalled = (api: string) => [...byFunction.values()].some((calls) => calls.includes(api));
  return [
    ...problems.map(({ problem, remedy }) => fail(problem, `${remedy} Nothing can be packaged before that.`)),
    ...(problems.length > 0
      ? []
      : [...byFunction].flatMap(([name, calls]) =>
          calls
            .filter((api) => api !== OWN_API || name !== 'caller')
            .map((api) =>
              pass(
                `The settings grant the function "${name}" its calls of ${api === OWN_API ? 'the API' : `"${api}"`}.`,
              ),
            ),
        )),
    ...settings.apis
      .filter(({ name }) => !isCalled(name))
      .map(({ name }) =>
        warn(
          `No function calls "${name}", which is in ${stage}.apis.`,
          `Add it to the property "calls" of the function that calls it in services/caller/serverless.yml, or remove the entry from services/stages.yml.`,
        ),
      ),
  ];
}
