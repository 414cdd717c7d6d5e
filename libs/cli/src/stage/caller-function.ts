import {
  type ProjectService,
  type ProjectServices,
  readServices,
  type StageSettings,
} from '@cross-account-api/serverless-plugin';
import { ReadError } from '../aws/read-error.ts';
import { callWith } from '../call-of.ts';
import { UsageError } from '../command-line.ts';
import { FIRST_FUNCTION } from '../project/functions.ts';
import { projectRoot } from '../project/project.ts';

/** A function of this project that calls an API. */
export interface ProjectCaller {
  readonly service: Pick<ProjectService, 'name' | 'folder'>;
  /** Its name in serverless.yml. */
  readonly functionKey: string;
}

/**
 * Finds the function that the option `--caller` names.
 * @param name a function of the first caller's service with the property `calls`, or an entry of `callers` that this project deploys. Default:
 * the first function
 * @throws UsageError with the names that can be given
 * @throws ReadError if the project has no caller's service
 */
export function callerFunction(
  stage: string,
  { callers }: Pick<StageSettings, 'callers'>,
  name: string = FIRST_FUNCTION,
  { caller: first, all }: Pick<ProjectServices, 'caller' | 'all'> = readServices(projectRoot()),
): ProjectCaller {
  if (first === undefined) {
    throw new ReadError(
      'NOT_CONFIGURED',
      'serverless-compose.yml has no service "caller" with a serverless.yml, so this project has no function that calls. Add the service.',
    );
  }
  const entry = callers.find((each) => each.name === name);
  const service = [...(all?.values() ?? [])].find(({ folder }) => folder === entry?.deployment?.folder);
  if (entry?.deployment !== undefined && service !== undefined) {
    return { service, functionKey: entry.deployment.function ?? FIRST_FUNCTION };
  }
  if (name === FIRST_FUNCTION || (entry === undefined && first.calls.has(name))) {
    return { service: first, functionKey: name };
  }
  if (entry !== undefined) {
    throw new UsageError(
      `--caller ${name}: this project does not deploy that caller, so this command cannot invoke it. To walk its call: ${callWith('explain', `--stage ${stage} --caller ${name}`)}`,
    );
  }
  const entries = callers.flatMap((each) => (each.deployment === undefined ? [] : [each.name]));
  const known = new Set([FIRST_FUNCTION, ...first.calls.keys(), ...entries]);
  throw new UsageError(
    `--caller ${name}: neither ${stage}.callers in services/stages.yml nor ${first.folder} has such a caller. There is ${[...known].join(', ')}.`,
  );
}
