import type {
  CallProblem,
  CredentialsSource,
  Resource,
  StageSettings,
  Template,
} from '@cross-account-api/serverless-plugin';
import type { InstalledPackage } from '../../project/installed-packages.ts';
import type { FailedResource } from '../../stage/blocked-stack.ts';

/** The two services of a stage, in the order in which they are deployed. */
export const serviceNames = ['api', 'caller'] as const;

/** `api` is deployed to account A, `caller` to account B. */
export type ServiceName = (typeof serviceNames)[number];

/** A fact that could not be read, with the reason. */
export interface Unknown {
  readonly unknown: string;
}

/** The fact, or the reason why it could not be read. */
export type Known<Value> = Value | Unknown;

/** Whether a fact could not be read. */
export function isUnknown(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value;
}

/** A tool among the project's packages. */
export interface Tool {
  readonly name: string;
  /** The version that package.json asks for, e.g. `^4.3.1`. */
  readonly wanted: string;
  /** `undefined` if it is not installed. */
  readonly found: string | undefined;
}

/** The facts that the checks judge. They are gathered once, before any check. */
export interface Facts {
  readonly stage: string;
  readonly now: Date;
  readonly tools: readonly Tool[];
  /** Of all packages: osls, and the clients of the AWS SDK. */
  readonly packages: readonly InstalledPackage[];
  /** When the packages in vendor/ were packed. Absent if the project has none, or if an older version packed them. */
  readonly vendorPackedAt?: Date | undefined;
  /** The settings, or the reason why they cannot be used. */
  readonly settings: StageSettings | { readonly problem: string };
  /** Absent if the settings cannot be used. */
  readonly services?: Readonly<Record<ServiceName, Known<ServiceFacts>>>;
  readonly limits: CallLimits;
  /** The templates of the project that go to CloudFormation in a request: the deployment roles. */
  readonly inlineTemplates: readonly { readonly file: string; readonly bytes: number }[];
  /** The accounts that were looked at. */
  readonly accounts: Readonly<Partial<Record<ServiceName, AccountFacts>>>;
  /** The services of further callers that were looked at. Default: none */
  readonly further?: readonly FurtherServiceFacts[];
  /** The IDs of the accounts of local AWS, for stage `local`. */
  readonly localAccounts?: readonly string[];
}

/** The service of a further caller, with its account. */
export interface FurtherServiceFacts {
  /** Its name in serverless-compose.yml. */
  readonly name: string;
  /** Its folder, from the project's root. */
  readonly folder: string;
  /** Those of the stage for this service. */
  readonly settings: StageSettings;
  readonly service: Known<ServiceFacts>;
  /** Absent: local AWS does not have the account. */
  readonly account?: AccountFacts;
}

/** The services that were read, by their names in serverless-compose.yml: the two of the stage, and those of further callers. */
export function servicesOf({ services, further = [] }: Pick<Facts, 'services' | 'further'>): readonly {
  readonly name: string;
  readonly folder: string;
  readonly service: Known<ServiceFacts>;
}[] {
  if (services === undefined) return [];
  return [
    ...serviceNames.map((name) => ({ name, folder: `services/${name}`, service: services[name] })),
    ...further,
  ];
}

/** A file of the project that says the limits of the caller's HTTP client, if they are not the defaults: `export const callLimits = {…}`. */
export const LIMITS_FILE = 'services/caller/src/call-limits.ts';

/** The limits of the caller's HTTP client. */
export interface CallLimits {
  /** Whether the caller's code says them. Otherwise they are the defaults of signed-fetch, and the code may set others. */
  readonly isKnown: boolean;
  readonly timeoutMs: number;
  readonly marginMs: number;
  readonly maxResponseBytes: number;
}

/** The content of a serverless.yml, with its variables replaced. */
export interface ServiceFacts {
  /** Its name: the line `service:`. */
  readonly service: string;
  readonly stackName: string;
  readonly functions: readonly FunctionFacts[];
  readonly routes: RoutesFacts;
  /** The calls of its functions. Absent for the API. */
  readonly calls?: CallsFacts;
  /** Names that the template gives to roles, log groups and a custom domain, those of functions included. */
  readonly names: readonly ResourceName[];
  /** The resources that serverless.yml and our plugin add to the framework's, by logical ID. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** The permissions (`AWS::Lambda::Permission`) and other resources that the framework makes of what invokes the functions. */
  readonly permissions: readonly Resource[];
  /** The events of the functions that need something of their role, or that nobody knows. */
  readonly events?: readonly EventFacts[];
  /** The template, with as much of each resource as the quotas of AWS measure. */
  readonly outline: Template;
}

/** An event of a function. */
export interface EventFacts {
  /** The function's name. */
  readonly functionName: string;
  /** As serverless.yml names the event. @example 'stream' */
  readonly event: string;
  /** What the function's role needs. `undefined` for an event that is not one of the framework. */
  readonly actions: readonly string[] | undefined;
}

/** The calls of a service's functions. */
export interface CallsFacts {
  /** The APIs by the functions' names in serverless.yml. */
  readonly byFunction: ReadonlyMap<string, readonly string[]>;
  /** Why packaging would stop. */
  readonly problems: readonly CallProblem[];
}

/** The routes of a serverless.yml. */
export interface RoutesFacts {
  /** Those that IAM authorizes. */
  readonly signed: readonly string[];
  /** Those that anybody is meant to call: `open: true`. */
  readonly open: readonly string[];
  /** Those that another authorizer admits callers to. */
  readonly others: readonly string[];
  /** The routes of a REST API that are open, or that Cognito admits callers to. */
  readonly withoutIam: readonly string[];
  /** A sentence or two for each door without IAM, and for each difference from the contract. */
  readonly mistakes: readonly string[];
}

/** A function of a serverless.yml. */
export interface FunctionFacts {
  readonly name: string;
  /** E.g. `nodejs24.x`. Absent for a container image, and if it is not text. */
  readonly runtime?: string | undefined;
  readonly timeoutSeconds: number;
  /** The routes for which API Gateway invokes it. @example ['GET /whoami'] */
  readonly routes: readonly string[];
  /** IDs of subnets, if it is in a VPC. Values that are not text in serverless.yml are left out. */
  readonly subnetIds: readonly string[] | undefined;
  /** Those of its CloudFormation properties for which a deployment needs further permissions. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A name that must be free, or belong to the stack. */
export interface ResourceName {
  readonly kind: 'role' | 'function' | 'log group' | 'domain name';
  readonly name: string;
}

/** An account, as the credentials of its service's deployment see it. */
export interface AccountFacts {
  readonly source: CredentialsSource;
  /** The AWS CLI in commands: `aws --profile dev --region eu-central-1`. */
  readonly cli: string;
  readonly identity: Identity | CredentialsProblem;
  /** Absent if the credentials are not valid or belong to another account than the stage's. */
  readonly contents?: AccountContents;
}

/** The owner of the credentials. */
export interface Identity {
  readonly accountId: string;
  readonly arn: string;
}

/** The reason why the owner of the credentials is not known. */
export interface CredentialsProblem {
  readonly kind: 'credentials' | 'region does not exist' | 'region is not enabled' | 'unreachable';
  /** The message of AWS or of the SDK, or what failed of a profile. */
  readonly reason: string;
  /** A sentence with a command that helps, without its full stop, if a profile failed. */
  readonly remedy?: string;
}

/** The contents of an account. */
export interface AccountContents {
  readonly stack: Known<StackFacts | undefined>;
  /** By {@link ResourceName}: whether it exists. */
  readonly existing: ReadonlyMap<ResourceName, Known<boolean>>;
  /** The tables whose names CloudFormation made for tables of the service, and that are not the stack's. Absent if the service has no such table. */
  readonly leftTables?: Known<readonly LeftTable[]>;
  /** The permissions boundary of the settings: whether the account has it. Absent without the setting. */
  readonly boundary?: {
    readonly arn: string;
    readonly exists: Known<boolean>;
    /** The actions that events need and no statement allows. Absent if no event needs any. */
    readonly lacks?: Known<ReadonlySet<string>>;
  };
  /**
   * The roles outside of the stack that its deployer may give to functions, and that have not the boundary of the settings. Absent without the
   * setting, and if the deployment role of CI looks: it may not list roles.
   */
  readonly unboundedRoles?: Known<readonly UnboundedRole[]>;
  /** The organization of the account, if the settings name one that is trusted; in account B only. */
  readonly organization?: Known<{ readonly id: string | undefined }>;
  /** API Gateway's role for access logs; in account A only. */
  readonly accessLogRole?: Known<AccessLogRole>;
  /** The ARNs of the roles of the further callers in this account, by the callers' names; `undefined` if there is no such role. */
  readonly callerRoles?: ReadonlyMap<string, Known<string | undefined>>;
  /** Absent if the function is in no VPC. */
  readonly vpcEndpoints?: Known<readonly VpcEndpoint[]>;
  readonly permissions: Known<SimulatedPermissions>;
}

/** A deployed stack. */
export interface StackFacts {
  readonly status: string;
  /** The physical IDs of its resources. */
  readonly resources: ReadonlySet<string>;
  /** The ID of its API, if somebody has deleted the API past CloudFormation. */
  readonly missingApi?: string | undefined;
  /** Those that hold it in its state. */
  readonly failed?: readonly FailedResource[];
}

/** A table that an earlier deployment of the stage has made, and that is in no stack of it. */
export interface LeftTable {
  readonly name: string;
  /** Whether it is protected against deletion. */
  readonly isProtected: boolean;
}

/** A role without the permissions boundary of the settings. */
export interface UnboundedRole {
  readonly name: string;
  /** The ARN of another boundary, if it has one. */
  readonly boundaryArn: string | undefined;
}

/** The role with which API Gateway writes access logs in a region. */
export interface AccessLogRole {
  /** `undefined` if none is set. */
  readonly arn: string | undefined;
  /** Whether the account has the role that the README's commands create. */
  readonly isCreated: boolean;
}

/** An interface endpoint for `execute-api`. */
export interface VpcEndpoint {
  readonly id: string;
  readonly vpcId: string;
  readonly privateDns: boolean;
}

/** The policy simulator's result for a deployment. */
export interface SimulatedPermissions {
  readonly principalArn: string;
  /** The number of simulated pairs of action and resource. */
  readonly count: number;
  readonly denied: readonly DeniedAction[];
  /** The simulated actions that the deployment role of this project lacks. */
  readonly absentFromRole: readonly Pick<DeniedAction, 'action' | 'principal'>[];
}

/** An action that the deployer may not perform on a resource. */
export interface DeniedAction {
  readonly action: string;
  readonly resource: string;
  /** For a permission of a function: the principal that it admits. */
  readonly principal?: string;
  readonly by: 'identity-based policies' | 'the permissions boundary' | 'the organization';
  /** Whether a statement denies it. */
  readonly explicit: boolean;
  /** Condition keys that the policies name and the simulation has no values for. */
  readonly missingKeys: readonly string[];
  /** Why the deployment may succeed without the action, as sentences. Absent if AWS refuses it. */
  readonly mayBeForgiven?: string;
}
