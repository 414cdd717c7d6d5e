import { dirname, join } from 'node:path';
import { readOutputs } from './commands/outputs.ts';
import { SettingsError } from './settings/error.ts';
import { invokeRoleOutput, projectIn, readStageSettings, settingsOfService } from './settings/read.ts';

/** The placeholder for an output that is not noted. The caller's checks refuse to deploy it. */
export const UNKNOWN_OUTPUT = 'unknown-until-the-api-is-deployed';

/**
 * The settings that both serverless.yml read with `${file(…/settings.cjs):settings}`: those of the stage, and as `apiOutputs` the noted
 * outputs of the api service.
 *
 * The framework would wrap an error in other words. So if the settings have a mistake, the result is placeholders, which no
 * command accepts: the plugin reads the settings again and throws the mistake.
 */
export async function settings({
  resolveVariable,
  options,
}: {
  resolveVariable(name: 'sls:stage'): Promise<string>;
  readonly options: { readonly region?: string | null };
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
    return { ...read, apiOutputs: { ...unknown, ...noted, InvokeRoleArn } };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return placeholderSettings;
  }
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
  alarms: false,
  tableBackup: false,
  callers: [],
  apiOutputs: unknown,
};
