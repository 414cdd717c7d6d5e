/**
 * The parts of the framework's instance that this package uses.
 * @see https://github.com/oss-serverless/osls/blob/4.x/docs/guides/plugins/creating-plugins.md
 */
export interface Framework {
  readonly serviceDir: string;
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: {
      readonly region?: string | null;
      readonly 'aws-profile'?: string | null;
      /** Of `sls rollback`. */
      readonly timestamp?: string | null;
      /** Of commands for one function. */
      readonly function?: string | null;
    };
    readonly isHelpRequest: boolean;
  };
  readonly service: Service;
  /** Errors of this class are shown without a stack. */
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly pluginManager: {
    readonly hooks: Readonly<Record<string, unknown[]>>;
    readonly plugins: readonly object[];
  };
  /** Adds properties of functions and of their events to the schema of serverless.yml. */
  readonly configSchemaHandler: {
    defineFunctionProperties(provider: 'aws', schema: { readonly properties: object }): void;
    defineFunctionEventProperties(
      provider: 'aws',
      event: string,
      schema: { readonly properties: object },
    ): void;
  };
  getProvider(name: 'aws'): Provider;
}

/** A serverless.yml, its variables replaced. */
export interface Service {
  readonly service: string;
  readonly custom: Readonly<Record<string, unknown>>;
  readonly functions?: Readonly<Record<string, FunctionDefinition>>;
  /** The part `resources`, its lists merged. */
  readonly resources?: object;
  readonly provider: {
    /** The runtime of the functions that name none. */
    readonly runtime?: string;
    /** The default role: its statements and managed policies, or a role of the owner's. */
    readonly iam?: object;
    readonly role?: unknown;
    readonly iamRoleStatements?: readonly object[];
    readonly iamManagedPolicies?: readonly unknown[];
    readonly vpc?: object;
    readonly compiledCloudFormationTemplate: Template;
    stackTags?: Readonly<Record<string, string>>;
    deletionProtection?: boolean;
  };
}

/** The part `provider` of serverless.yml, as far as it is about functions. */
export type ProviderOfFunctions = Pick<
  Service['provider'],
  'iam' | 'role' | 'iamRoleStatements' | 'iamManagedPolicies' | 'vpc'
>;

/** A function in serverless.yml. */
export interface FunctionDefinition {
  readonly name: string;
  /** e.g. `src/messages.handler`. Absent for a container image. */
  readonly handler?: string;
  /** @example 'python3.14' */
  readonly runtime?: string;
  /** serverless-esbuild leaves the function out. */
  readonly skipEsbuild?: boolean;
  /** The parts of an event: `routeEventsOf` reads them. */
  readonly events?: readonly object[];
  /** The APIs that it calls: a property of our plugin. */
  readonly calls?: readonly string[];
  environment?: Record<string, unknown>;
  /** A role of the owner's, in place of a generated one. */
  readonly role?: unknown;
  iamRoleStatements?: readonly Readonly<Record<string, unknown>>[];
  /** Whether the generated role has the statements of `provider`, too. */
  iamRoleStatementsInherit?: boolean;
  /** Once it is packaged: the zip file, relative to the service's folder. */
  readonly package?: { readonly artifact?: string };
  /** The name of its role, of serverless-iam-roles-per-function. */
  iamRoleStatementsName?: string;
  /** `false` or `null`: not in the VPC of `provider`. */
  vpc?: object | false | null;
}

/** A CloudFormation template, which steps change. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Description?: string; Value: unknown }>;
  Parameters?: Record<string, unknown>;
  Conditions?: Record<string, unknown>;
  /** The macros that get the whole template. */
  readonly Transform?: unknown;
}

/** A resource of a template. A text may leave out its properties: see `readTemplate`. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  DependsOn?: string | readonly string[] | undefined;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  readonly Condition?: string;
  readonly Metadata?: unknown;
}

interface Provider {
  getStage(): string;
  getRegion(): string;
  /** Options for a client of AWS SDK v3, with the credentials of the service or of a profile. */
  getAwsSdkV3Config(options?: { readonly profile?: string }): Promise<object>;
  getServerlessDeploymentBucketName(): Promise<string>;
  /** The first folder of the deployment bucket. */
  getDeploymentPrefix(): string;
  readonly naming: { getStackName(): string; getCompiledTemplateS3Suffix(): string };
}

/** The utilities that the framework passes to each plugin. */
export interface Utilities {
  readonly log: { notice(message: string): void; warning(message: string): void };
  readonly progress: { get(name: 'main'): { notice(message: string): void } };
}

/** The handlers of the framework's events. */
export type Hooks = Readonly<Record<string, (value: never) => void | Promise<void>>>;
