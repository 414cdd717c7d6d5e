import type { Framework } from './framework.ts';

/** A framework that runs a command of a service in stage `dev`. */
export function frameworkFor(of: {
  readonly command?: string;
  readonly serviceDir?: string;
  readonly stage?: string;
  readonly isHelpRequest?: boolean;
  /** Options for clients of AWS SDK v3. */
  readonly sdk?: object;
  readonly service?: Partial<Framework['service']>;
  readonly plugins?: readonly object[];
}): Framework {
  const { command = 'deploy', serviceDir = '/nowhere/services/api', stage = 'dev' } = of;
  return {
    serviceDir,
    processedInput: { commands: command.split(' '), options: {}, isHelpRequest: of.isHelpRequest ?? false },
    service: {
      service: 'depot',
      custom: {},
      provider: { compiledCloudFormationTemplate: { Resources: {} } },
      ...of.service,
    },
    classes: { Error: FrameworkError },
    pluginManager: { hooks: {}, plugins: of.plugins ?? [] },
    getProvider: () => ({
      getStage: () => stage,
      getRegion: () => 'eu-central-1',
      getAwsSdkV3Config: async () => of.sdk ?? {},
      naming: { getStackName: () => `depot-${stage}` },
    }),
  };
}

/** The class of errors that the framework shows without a stack. */
export class FrameworkError extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}
