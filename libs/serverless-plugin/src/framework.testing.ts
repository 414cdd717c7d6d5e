import { Readable } from 'node:stream';
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
  readonly optionProfile?: string;
  readonly optionRegion?: string;
  readonly timestamp?: string | undefined;
  readonly optionFunction?: string;
}): Framework {
  const { command = 'deploy', serviceDir = '/nowhere/services/api', stage = 'dev' } = of;
  return {
    serviceDir,
    processedInput: {
      commands: command.split(' '),
      options: {
        'aws-profile': of.optionProfile ?? null,
        region: of.optionRegion ?? null,
        timestamp: of.timestamp ?? null,
        function: of.optionFunction ?? null,
      },
      isHelpRequest: of.isHelpRequest ?? false,
    },
    service: {
      service: 'depot',
      custom: {},
      provider: { compiledCloudFormationTemplate: { Resources: {} } },
      ...of.service,
    },
    classes: { Error: FrameworkError },
    pluginManager: { hooks: {}, plugins: of.plugins ?? [] },
    configSchemaHandler: { defineFunctionProperties: () => {}, defineFunctionEventProperties: () => {} },
    getProvider: () => ({
      getStage: () => stage,
      getRegion: () => 'eu-central-1',
      getAwsSdkV3Config: async () => of.sdk ?? {},
      getServerlessDeploymentBucketName: async () => `depot-${stage}-bucket`,
      getDeploymentPrefix: () => 'serverless',
      naming: {
        getStackName: () => `depot-${stage}`,
        getCompiledTemplateS3Suffix: () => 'compiled-cloudformation-template.json',
      },
    }),
  };
}

/** A request as a client of AWS SDK v3 sends it. */
interface SentRequest {
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options for clients of AWS SDK v3 whose AWS answers with a status and a body. */
export function sdkAnswering(
  answer: (request: SentRequest) => readonly [status: number, body: string],
): object {
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: SentRequest) => {
        const [statusCode, text] = answer(request);
        return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(text)]) } };
      },
    },
  };
}

/** The answer of an AWS that refuses a request, in the query protocol. */
export function refusal(code: string, message: string): string {
  return `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

/**
 * A framework whose AWS answers STS and IAM.
 * @param of `account`: the account of the credentials. `profiles`: the accounts of profiles. `rolePath`: the path of every role. Default: there are no roles. The rest:
 * as for {@link frameworkFor}
 */
export function frameworkWithAws(of: {
  readonly account: string;
  readonly profiles?: Readonly<Record<string, string>>;
  readonly rolePath?: string;
  readonly command?: string;
  readonly optionProfile?: string;
  readonly optionRegion?: string;
  readonly optionFunction?: string;
}): Framework {
  const { rolePath } = of;
  const framework = frameworkFor(of);
  const answer = (account: string, body: string) => {
    if (body.includes('Action=GetCallerIdentity')) {
      const identity = `<Arn>arn:aws:iam::${account}:user/a</Arn><UserId>A</UserId><Account>${account}</Account>`;
      return [
        200,
        `<GetCallerIdentityResponse><GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
      ] as const;
    }
    return rolePath === undefined
      ? ([404, '<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>'] as const)
      : ([
          200,
          `<GetRoleResponse><GetRoleResult><Role><Path>${rolePath}</Path></Role></GetRoleResult></GetRoleResponse>`,
        ] as const);
  };
  return {
    ...framework,
    getProvider: () => ({
      ...framework.getProvider('aws'),
      getAwsSdkV3Config: async ({ profile } = {}) =>
        sdkAnswering(({ body = '' }) =>
          answer(profile === undefined ? of.account : (of.profiles?.[profile] ?? ''), body),
        ),
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
