import {
  type GrantedApi,
  OWN_API,
  type ProjectService,
  readServices,
  type StageSettings,
} from '@cross-account-api/serverless-plugin';
import { ReadError } from '../aws/read-error.ts';
import { callWith } from '../call-of.ts';
import { FIRST_FUNCTION } from '../project/functions.ts';
import { projectRoot } from '../project/project.ts';

/** The options that choose one of the calls of a stage. */
export interface CallChoice {
  /**
   * An entry of `callers`, or a function of the caller's service. Default: the first function, or the only one that calls the API. The first
   * function has no name here
   */
  readonly caller?: string | undefined;
  /** An entry of `apis`. Default: the API of this project */
  readonly api?: string | undefined;
}

/** The service of the first caller, as its serverless.yml says it. */
export type CallerService = Pick<ProjectService, 'folder' | 'calls'>;

/** The service of the first caller. `undefined` if the project has none. */
export function callerService(root = projectRoot()): CallerService | undefined {
  return readServices(root).caller;
}

/** An entry of `callers` that grants a function of the caller's service the call of this project's API. */
export interface FunctionGrant {
  readonly entry: string;
  /** The function's name in serverless.yml. */
  readonly functionKey: string;
}

/**
 * Finds the grant of a function of the caller's service.
 * @param name of the entry or, if no entry has this name, of the function
 * @returns `undefined` if the name is that of another caller, or unknown
 */
export function grantOf(
  settings: Pick<StageSettings, 'callers'>,
  name: string,
  service: CallerService | undefined,
): FunctionGrant | undefined {
  const isEntry = settings.callers.some((each) => each.name === name);
  return grantsOf(settings, service).find(
    ({ entry, functionKey }) => (isEntry ? entry : functionKey) === name,
  );
}

function grantsOf(
  { callers }: Pick<StageSettings, 'callers'>,
  service: CallerService | undefined,
): readonly FunctionGrant[] {
  return callers.flatMap(({ name: entry, deployment }) =>
    deployment?.function !== undefined && deployment.folder === service?.folder
      ? [{ entry, functionKey: deployment.function }]
      : [],
  );
}

/**
 * The entry of another API.
 * @throws ReadError with the names that the stage has
 */
export function otherApi({ apis }: Pick<StageSettings, 'apis'>, stage: string, name: string): GrantedApi {
  const found = apis.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = apis.map((each) => each.name).join(', ');
  throw new ReadError(
    'NOT_CONFIGURED',
    `services/stages.yml: ${stage}.apis has no API "${name}". ${known === '' ? 'It has none' : `It has ${known}`}. Without --api, it is the API of this project.`,
  );
}

/**
 * The function that calls another API.
 * @param caller its name in serverless.yml, or the entry of `callers` that grants it this project's API
 * @throws ReadError if no function calls the API, or if several do and the caller is not chosen
 */
export function callerOfOther(
  {
    stage,
    settings,
    api,
    caller,
  }: {
    readonly stage: string;
    readonly settings: Pick<StageSettings, 'callers'>;
    readonly api: string;
    readonly caller: string | undefined;
  },
  service: CallerService | undefined,
): { readonly functionKey: string; readonly choice: CallChoice } {
  const calling = [...(service?.calls ?? [])].flatMap(([key, calls]) => (calls.includes(api) ? [key] : []));
  const [only, ...others] = calling;
  const folder = service?.folder ?? 'services/caller';
  if (only === undefined) {
    throw new ReadError(
      'NOT_CONFIGURED',
      `No function of ${folder} calls "${api}". A function calls it if its serverless.yml has "calls: [${api}]".`,
    );
  }
  const asked =
    caller === undefined ? undefined : (grantOf(settings, caller, service)?.functionKey ?? caller);
  if (asked !== undefined && !calling.includes(asked)) {
    throw new ReadError(
      'NOT_CONFIGURED',
      `--caller ${caller}: no function "${asked}" of ${folder} calls "${api}". ${calling.join(' and ')} ${others.length > 0 ? 'call' : 'calls'} it.`,
    );
  }
  const isClear = asked !== undefined || others.length === 0 || calling.includes(FIRST_FUNCTION);
  if (!isClear) {
    throw new ReadError(
      'NOT_CONFIGURED',
      `${calling.join(' and ')} call "${api}". Choose one with --caller, such as ${callWith('explain', `--stage ${stage} --api ${api} --caller ${only}`)}`,
    );
  }
  const functionKey = asked ?? (calling.includes(FIRST_FUNCTION) ? FIRST_FUNCTION : only);
  return { functionKey, choice: { caller: functionKey === FIRST_FUNCTION ? undefined : functionKey, api } };
}

/** The calls of the functions of the caller's service, by the options that choose them; the first is the default. */
export function callsOfStage(
  settings: Pick<StageSettings, 'callers'>,
  service: CallerService | undefined,
): readonly CallChoice[] {
  const grants = grantsOf(settings, service);
  return [...(service?.calls ?? [])]
    .toSorted(([a], [b]) => Number(b === FIRST_FUNCTION) - Number(a === FIRST_FUNCTION))
    .flatMap(([key, calls]) =>
      calls.flatMap((api): CallChoice[] => {
        const caller = key === FIRST_FUNCTION ? undefined : key;
        if (api !== OWN_API) return [{ caller, api }];
        if (caller === undefined) return [{ caller, api: undefined }];
        const grant = grants.find(({ functionKey }) => functionKey === key);
        return grant === undefined ? [] : [{ caller: grant.entry, api: undefined }];
      }),
    );
}

/** The options that choose a call. Empty for the default. */
export function optionsOf({ caller, api }: CallChoice): string {
  return [api && ` --api ${api}`, caller && ` --caller ${caller}`].filter(Boolean).join('');
}

/**
 * The note that names the calls that a command did not look at.
 * @param command such as `explain`
 */
export function noteOfOtherCalls(
  command: string,
  stage: string,
  settings: Pick<StageSettings, 'callers'>,
  chosen: CallChoice,
): string | undefined {
  const others = callsOfStage(settings, callerService()).filter(
    ({ caller, api }) => caller !== chosen.caller || api !== chosen.api,
  );
  if (others.length === 0) return undefined;
  const commands = others.map((each) => callWith(command, `--stage ${stage}${optionsOf(each)}`));
  return `Functions of this project make other calls, too: ${commands.join('; ')}`;
}
