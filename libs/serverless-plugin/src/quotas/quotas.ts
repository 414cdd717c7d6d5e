import type { Resource, Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import { deployedText, type StackLocation } from './size.ts';

/** A function's zip file. */
export interface Package {
  readonly functionName: string;
  readonly zippedBytes: number;
  readonly unzippedBytes: number;
}

/** What is compared with the quotas. */
export interface Deployable {
  readonly template: Template;
  readonly place: StackLocation;
  /** Absent where nothing is packaged. */
  readonly packages?: readonly Package[];
  /** Templates that go to CloudFormation in a request, and not through S3. */
  readonly inlineTemplates?: readonly { readonly file: string; readonly bytes: number }[];
}

/** A size beside its quota. */
export interface Measured {
  /** What is measured. It completes "… has N of …". @example 'The stack' */
  readonly subject: string;
  readonly size: number;
}

/** A quota of AWS. */
export interface Quota {
  /** The setting under `quotas` that raises it, for a quota that AWS raises on request. */
  readonly raisedBy?: RaisableQuota;
  readonly limit: number;
  /** What is counted. @example 'resources' */
  readonly unit: string;
  /** Above the quota, only a warning: what it stops is not a deployment. */
  readonly stopsNothing?: true;
  /** AWS's documentation. */
  readonly source: string;
  /** What to do. One sentence or two. */
  readonly remedy: string;
  readonly measure: (of: Deployable) => readonly Measured[];
}

/** The quotas that AWS raises on request: the names of their settings, each with AWS's default. */
export const RAISABLE = {
  apiGatewayResources: 300,
  resourcePolicyCharacters: 8_192,
  trustPolicyCharacters: 2_048,
  managedPoliciesOfRole: 10,
} as const;

/** The most resources of a stack. */
export const STACK_RESOURCES = 500;

/** A quota that AWS raises on request. */
export type RaisableQuota = keyof typeof RAISABLE;

const CLOUDFORMATION =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html';
const API_GATEWAY =
  'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html';
const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html';
const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
const FUNCTION_NAME = 'https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html';

const FEWER_FUNCTIONS =
  'Let one function answer several routes whose permissions are the same, with apiHandlers of @cross-account-api/api-handler. A function is four resources, and each of its routes one or two more. Or move a part of the routes to a second API.';

/**
 * Every quota of AWS that a growing project meets: the plugin compares the finished template with them, and `check` what it makes of
 * serverless.yml. API Gateway has no quota of methods.
 */
export const QUOTAS: readonly Quota[] = [
  {
    limit: STACK_RESOURCES,
    unit: 'resources',
    source: CLOUDFORMATION,
    remedy: FEWER_FUNCTIONS,
    measure: ({ template }) => [{ subject: 'The stack', size: Object.keys(template.Resources).length }],
  },
  {
    limit: 200,
    unit: 'outputs',
    source: CLOUDFORMATION,
    remedy:
      'Remove outputs from serverless.yml. Each caller under "callers" is one, too: deploy some callers to a separate stage.',
    measure: ({ template }) => [{ subject: 'The stack', size: Object.keys(template.Outputs ?? {}).length }],
  },
  {
    limit: 200,
    unit: 'parameters',
    source: CLOUDFORMATION,
    remedy: 'Remove parameters from serverless.yml: its variables need none.',
    measure: ({ template }) => [
      { subject: 'The stack', size: Object.keys(template.Parameters ?? {}).length },
    ],
  },
  {
    // "1 MB" is decimal: CloudFormation answers "Template may not exceed 1000000 bytes in size" (https://github.com/formkiq/formkiq-core/issues/204).
    limit: 1_000_000,
    unit: 'bytes',
    source: CLOUDFORMATION,
    remedy: FEWER_FUNCTIONS,
    measure: ({ template }) => [
      { subject: 'The template', size: Buffer.byteLength(JSON.stringify(template)) },
    ],
  },
  {
    limit: 51_200,
    unit: 'bytes',
    source: CLOUDFORMATION,
    remedy:
      'Give "aws cloudformation deploy" a bucket with --s3-bucket, through which it takes 1,000,000 bytes.',
    measure: ({ inlineTemplates = [] }) =>
      inlineTemplates.map(({ file, bytes }) => ({
        subject: `${file}, which goes to CloudFormation in the request,`,
        size: bytes,
      })),
  },
  {
    raisedBy: 'apiGatewayResources',
    limit: RAISABLE.apiGatewayResources,
    unit: 'resources of API Gateway',
    source: API_GATEWAY,
    remedy:
      'Each part of a path is one. Let routes share the beginnings of their paths, move a part of the routes to a second API, or ask AWS to raise the quota "Resources per API" (L-01C8A9E0).',
    measure: ({ template }) => [
      { subject: 'The API', size: ofType(template, 'AWS::ApiGateway::Resource').length },
    ],
  },
  {
    raisedBy: 'resourcePolicyCharacters',
    limit: RAISABLE.resourcePolicyCharacters,
    unit: 'characters',
    source: API_GATEWAY,
    remedy:
      'It has a statement for each caller. Set accessMode: assume-role, in which any number of callers can be admitted to an API that is not private, deploy some of the callers to a separate stage, or ask AWS to raise the quota "Maximum resource policy size in bytes" (L-8B81B02C).',
    measure: ({ template: { Resources }, place }) =>
      ofType({ Resources }, 'AWS::ApiGateway::RestApi').map(([, { Properties }]) => ({
        subject: "The API's resource policy",
        size: Properties.Policy ? deployedText(Properties.Policy, Resources, place).length : 0,
      })),
  },
  {
    limit: 10_240,
    unit: 'characters',
    source: IAM,
    remedy:
      'For an invoke role, name the routes that its caller needs (the setting "routes"), or move a part of the routes to a second API. For the role of a function, move statements to a managed policy.',
    measure: ({ template: { Resources }, place }) =>
      ofType({ Resources }, 'AWS::IAM::Role').map(([id, { Properties }]) => ({
        subject: `The sum of all inline policies of ${id}`,
        size: listOf(Properties.Policies)
          .map((policy) => deployedText(propertiesOf(policy).PolicyDocument, Resources, place).length)
          .reduce((sum, length) => sum + length, 0),
      })),
  },
  {
    raisedBy: 'trustPolicyCharacters',
    limit: RAISABLE.trustPolicyCharacters,
    unit: 'characters',
    source: IAM,
    remedy:
      'Shorten the external IDs, or the names and paths of the trusted roles, in services/stages.yml, or ask AWS to raise the quota "Role trust policy length" of IAM (L-C07B4B0D).',
    measure: ({ template: { Resources }, place }) =>
      ofType({ Resources }, 'AWS::IAM::Role').map(([id, { Properties }]) => ({
        subject: `The trust policy of ${id}`,
        size: deployedText(Properties.AssumeRolePolicyDocument, Resources, place).length,
      })),
  },
  {
    raisedBy: 'managedPoliciesOfRole',
    limit: RAISABLE.managedPoliciesOfRole,
    unit: 'managed policies',
    source: IAM,
    remedy:
      'Join some of them, or ask AWS to raise the quota "Managed policies per role" of IAM (L-0DA4ABF3).',
    measure: ({ template }) =>
      ofType(template, 'AWS::IAM::Role').map(([id, { Properties }]) => ({
        subject: `The role ${id}`,
        size: listOf(Properties.ManagedPolicyArns).length,
      })),
  },
  {
    limit: 64,
    unit: 'characters',
    source: IAM,
    remedy: 'Shorten it in serverless.yml, or choose a shorter name for the service or the stage.',
    measure: ({ template }) => namesOf(template, 'AWS::IAM::Role', 'RoleName', 'role'),
  },
  {
    limit: 64,
    unit: 'characters',
    source: FUNCTION_NAME,
    remedy: 'Shorten it in serverless.yml, or choose a shorter name for the service or the stage.',
    measure: ({ template }) => namesOf(template, 'AWS::Lambda::Function', 'FunctionName', 'function'),
  },
  {
    limit: 4_096,
    unit: 'bytes',
    source: LAMBDA,
    remedy:
      'Put long values into a parameter of Systems Manager or a file of the zip (package.patterns in serverless.yml).',
    measure: ({ template: { Resources }, place }) =>
      ofType({ Resources }, 'AWS::Lambda::Function').map(([id, { Properties }]) => ({
        subject: `The sum of all environment variables of ${id}`,
        size: Buffer.byteLength(
          deployedText(propertiesOf(Properties.Environment).Variables ?? {}, Resources, place),
        ),
      })),
  },
  {
    limit: 5,
    unit: 'layers',
    source: LAMBDA,
    remedy: 'Join layers, or put a part of them into the zip.',
    measure: ({ template }) =>
      ofType(template, 'AWS::Lambda::Function').map(([id, { Properties }]) => ({
        subject: `The function ${id}`,
        size: listOf(Properties.Layers).length,
      })),
  },
  {
    limit: 50 * 2 ** 20,
    unit: 'bytes',
    stopsNothing: true,
    source: LAMBDA,
    remedy:
      '"sls deploy function" would be refused: it sends the zip file in its request. Use "sls deploy", which sends it through S3.',
    measure: ({ packages = [] }) =>
      packages.map(({ functionName, zippedBytes }) => ({
        subject: `The zip file of ${functionName}`,
        size: zippedBytes,
      })),
  },
  {
    limit: 250 * 2 ** 20,
    unit: 'bytes',
    source: LAMBDA,
    remedy:
      'Leave out packages and files that the function does not need: package.patterns in serverless.yml.',
    measure: ({ packages = [] }) =>
      packages.map(({ functionName, unzippedBytes }) => ({
        subject: `The unpacked zip file of ${functionName}`,
        size: unzippedBytes,
      })),
  },
];

function ofType({ Resources }: Pick<Template, 'Resources'>, type: string): readonly [string, Resource][] {
  return Object.entries(Resources).filter(([, { Type }]) => Type === type);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function namesOf(template: Template, type: string, property: string, kind: string): readonly Measured[] {
  return ofType(template, type).flatMap(
    ([
      ,
      {
        Properties: { [property]: name },
      },
    ]) =>
      typeof name === 'string' ? [{ subject: `The name of the ${kind} ${name}`, size: name.length }] : [],
  );
}
