import { dirname, join } from 'node:path';
import { readOutputs } from './commands/outputs.ts';
import { propertiesOf } from './properties.ts';
import { SettingsError } from './settings/error.ts';
import {
  invokeRoleOutput,
  projectIn,
  readStageSettings,
  settingsOfService,
  writtenValues,
} from './settings/read.ts';

/** The placeholder for an output that is not noted. The caller's checks refuse to deploy it. */
export const UNKNOWN_OUTPUT = 'unknown-until-the-api-is-deployed';

/** The outputs of the API's stack that the caller needs, by the parameters that can replace them: `--param apiUrl=…`. */
const PARAMETERS = { apiUrl: 'ApiUrl', apiArn: 'ApiArn', invokeRoleArn: 'InvokeRoleArn' } as const;

/** The outputs of the API's stack among the settings of a serverless.yml. */
export function apiOutputsOf(custom: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return propertiesOf(propertiesOf(custom.settings).apiOutputs);
}

/** Whether all outputs of the API's stack are known. In CI, some of them can be given with `--param`. */
export function apiIsNoted(custom: Readonly<Record<string, unknown>>): boolean {
  return propertiesOf(custom.settings).apiIsNoted === true;
}

/**
 * The settings that both serverless.yml read with `${file(…/settings.cjs):settings}`: those of the stage, and as `apiOutputs` the outputs
 * of the api service, as they are noted or as `--param` gives them.
 *
 * The framework would wrap an error in other words. So if the settings have a mistake, the result is placeholders, which no
 * command accepts: the plugin reads the settings again and throws the mistake.
 */
export async function settings({
  resolveVariable,
  options,
}: {
  resolveVariable(name: 'sls:stage'): Promise<string>;
  readonly options: { readonly region?: string | null; readonly param?: readonly string[] | null };
}): Promise<object> {
  const stage = await resolveVariable('sls:stage');
  // The framework runs in the service's folder.
  const serviceDir = process.cwd();
  const folder = dirname(serviceDir);
  const root = dirname(folder);
  const project = projectIn(folder);
  try {
    const services = project.readServices();
    const read = settingsOfService(readStageSettings(stage, project, options.region), {
      stage,
      root,
      serviceDir,
      services,
    });
    const apiFolder = join(root, services.api?.folder ?? 'services/api');
    const noted = await readOutputs({ serviceDir: apiFolder, stage, region: read.region });
    const InvokeRoleArn = noted?.[invokeRoleOutput(read)] ?? UNKNOWN_OUTPUT;
    const apiOutputs = { ...unknown, ...noted, InvokeRoleArn, ...given(options.param) };
    return { ...read, apiOutputs, apiIsNoted: noted !== undefined };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { ...placeholderSettings, values: writtenValues(stage, project) };
  }
}

/** The outputs that the options `--param` of the CLI give. */
function given(params: readonly string[] | null = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (params ?? []).flatMap((param) => {
      const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(param.trimEnd()) ?? [];
      const output = Object.entries(PARAMETERS).find(([parameter]) => parameter === name)?.[1];
      return output === undefined ? [] : [[output, value]];
    }),
  );
}

const unknown = { ApiUrl: UNKNOWN_OUTPUT, ApiArn: UNKNOWN_OUTPUT, InvokeRoleArn: UNKNOWN_OUTPUT };

const placeholderSettings = {
  region: 'none',
  partition: 'none',
  accessMode: 'assume-role',
  accessModes: ['assume-role'],
  callerAccountId: 'none',
  externalId: 'none',
  callerRoleName: 'none',
  callerRoleNames: ['none'],
  trustedCallerRoles: ['none'],
  trustConditions: {},
  roleSuffix: 'none',
  tags: {},
  logRetentionInDays: 14,
  throttlingRateLimit: 1,
  throttlingBurstLimit: 1,
  tracing: true,
  alarms: false,
  tableBackup: false,
  callers: [],
  apis: [],
  apiOutputs: unknown,
};
