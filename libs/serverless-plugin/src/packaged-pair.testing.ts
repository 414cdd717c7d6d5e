import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Api from './api.ts';
import Caller from './caller.ts';
import { frameworkFor } from './framework.testing.ts';
import type { FunctionDefinition, Resource, Template, Utilities } from './framework.ts';
import { deployedText } from './quotas/size.ts';
import { functionLogicalName } from './settings/names.ts';
import {
  invokeRoleOutput,
  projectIn,
  readStageSettings,
  type StageSettings,
  settingsOfService,
} from './settings/read.ts';

/** The account of every stack: the one that `deployedText` puts into texts. */
export const ACCOUNT = '123456789012';
/** The first region of the stage, and an additional one. */
export const [REGION, ADDITIONAL_REGION] = ['eu-central-1', 'us-east-1'];

const STAGE = 'dev';
const FOLDERS = { api: 'services/api', caller: 'services/caller', export: 'services/export' };
/** A service of the pair, by its name in serverless-compose.yml. `export` is a further caller. */
export type ServiceName = keyof typeof FOLDERS;
const NAMES: Readonly<Record<ServiceName, string>> = { api: 'depot', caller: 'shop', export: 'books' };

const PATHS = {
  '/parcels': { post: { parameters: [{ name: 'Idempotency-Key', in: 'header' }] } },
  '/parcels/{id}': { get: {} },
  '/sender': { get: {} },
};
/** The routes of the API, as settings name them. */
export const ROUTES = ['POST /parcels', 'GET /parcels/{id}', 'GET /sender'];

/** What `sls package` makes of a service. */
export interface PackagedService {
  readonly template: Template;
  readonly settings: StageSettings;
  /** The outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** What a package depends on beside the settings. */
export interface PackageOptions {
  /** Of the API's stack, for a caller. */
  readonly apiOutputs?: PackagedService['outputs'];
  /** Default: the stage's first */
  readonly region?: string;
  /** Further resources of serverless.yml. */
  readonly resources?: Readonly<Record<string, Resource>>;
  /** Further outputs and conditions of serverless.yml. */
  readonly outputs?: Template['Outputs'];
  readonly conditions?: Template['Conditions'];
}

/** A pair with a further caller, and whatever the settings of its stage are. */
export interface Pair {
  /**
   * Packages a service in this process: the plugin's own steps, between a template as the framework makes it and the one that is deployed.
   * @param entry of stages.yml
   */
  package(service: ServiceName, entry: object, options?: PackageOptions): Promise<PackagedService>;
  close(): Promise<void>;
}

/** Writes the files of a pair that the plugin reads. */
export async function startPair(): Promise<Pair> {
  const root = await mkdtemp(join(tmpdir(), 'packaged-'));
  const services = Object.entries(FOLDERS) as [ServiceName, string][];
  for (const [name, folder] of services) {
    await mkdir(join(root, folder, 'src'), { recursive: true });
    const text = { service: NAMES[name], functions: functionsOf(name, `\${self:service}-\${sls:stage}`, '') };
    await writeFile(join(root, folder, 'serverless.yml'), JSON.stringify(text));
    await writeFile(join(root, folder, 'src/index.ts'), '');
  }
  const compose = { services: Object.fromEntries(services.map(([name, path]) => [name, { path }])) };
  await writeFile(join(root, 'serverless-compose.yml'), JSON.stringify(compose));
  return {
    async package(name, entry, options = {}) {
      await writeFile(join(root, 'services/stages.yml'), JSON.stringify({ [STAGE]: entry }));
      process.env.STAGE_REGION = options.region ?? REGION;
      try {
        return await packageIn(root, name, options);
      } finally {
        delete process.env.STAGE_REGION;
      }
    },
    close: () => rm(root, { recursive: true }),
  };
}

async function packageIn(
  root: string,
  name: ServiceName,
  { apiOutputs = {}, resources = {}, outputs: ownOutputs, conditions }: PackageOptions,
): Promise<PackagedService> {
  const serviceDir = join(root, FOLDERS[name]);
  const project = projectIn(join(root, 'services'));
  const settings = settingsOfService(readStageSettings(STAGE, project), {
    stage: STAGE,
    root,
    serviceDir,
    services: project.readServices(),
  });
  const { [invokeRoleOutput(settings)]: InvokeRoleArn = 'unknown-until-the-api-is-deployed' } = apiOutputs;
  const functions = functionsOf(name, `${NAMES[name]}-${STAGE}`, settings.roleSuffix);
  const template: Template = { Resources: {}, Outputs: {} };
  const warnings: string[] = [];
  const utilities: Utilities = {
    log: { notice: () => {}, warning: (text) => warnings.push(text) },
    progress: { get: () => ({ notice: () => {} }) },
  };
  const Plugin = name === 'api' ? Api : Caller;
  const { hooks } = new Plugin(
    frameworkFor({
      command: 'package',
      serviceDir,
      stage: STAGE,
      service: {
        service: NAMES[name],
        custom: { settings: { apiOutputs: { ...apiOutputs, InvokeRoleArn } }, routes: PATHS },
        provider: { compiledCloudFormationTemplate: template },
        functions,
        resources: { Resources: name === 'api' ? apiResources(settings) : {} },
      },
    }),
    {},
    utilities,
  );
  const run = async (hook: string) => hooks[hook]?.(undefined as never);
  await run('initialize');
  Object.assign(template.Resources, compiledFunctions(functions), name === 'api' ? compiledApi() : {});
  Object.assign(template.Resources, copyOf(resources));
  if (name === 'api') {
    Object.assign(template.Resources, apiResources(settings));
    template.Outputs = {
      ApiUrl: { Value: 'the URL of AWS' },
      ApiArn: {
        Value: sub(
          `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${ApiGatewayRestApi}/${STAGE}`,
        ),
      },
      InvokeRoleArn: { Value: { 'Fn::GetAtt': ['InvokeRole', 'Arn'] } },
    };
  }
  template.Outputs = { ...template.Outputs, ...copyOf(ownOutputs ?? {}) };
  if (conditions !== undefined) template.Conditions = copyOf(conditions);
  await run('after:aws:package:finalize:mergeCustomProviderResources');
  await run('before:aws:package:finalize:saveServiceState');
  const packaged = { template, settings, warnings };
  const outputs = Object.entries(template.Outputs ?? {}).map(([key, { Value }]) => {
    const { 'Fn::GetAtt': [id] = [] } = Value as { 'Fn::GetAtt'?: string[] };
    const role = template.Resources[id ?? ''];
    return [
      key,
      role?.Type === 'AWS::IAM::Role' ? roleArnOf(role) : deployed<string>(Value, packaged),
    ] as const;
  });
  return { ...packaged, outputs: Object.fromEntries(outputs) };
}

/** A copy for this realm of Jest: lists that `structuredClone` makes have another prototype, so no step finds them equal to its own. */
const copyOf = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

const sub = (text: string) => ({ 'Fn::Sub': text });

/** The functions in serverless.yml. */
function functionsOf(
  name: ServiceName,
  prefix: string,
  roleSuffix: string,
): Record<string, FunctionDefinition> {
  const event = (method: string, path: string) => ({ http: { method, path, authorizer: 'aws_iam' } });
  const handler = 'src/index.handler';
  const own = (
    key: string,
    events: readonly object[],
    iamRoleStatements: FunctionDefinition['iamRoleStatements'] = [],
  ) => ({
    name: `${prefix}-${key}`,
    handler,
    events,
    iamRoleStatementsName: `${prefix}-${key}${roleSuffix}`,
    iamRoleStatements,
  });
  if (name === 'api') {
    // The table of keys is the only one of the first function: the plugin gives it to the function.
    const readParcels = {
      Effect: 'Allow',
      Action: 'dynamodb:GetItem',
      Resource: { 'Fn::GetAtt': ['ParcelsTable', 'Arn'] },
    };
    return {
      parcels: own('parcels', [event('POST', '/parcels'), event('GET', '/parcels/{id}')]),
      sender: own('sender', [event('GET', '/sender')], [readParcels]),
    };
  }
  const caller = { name: prefix, handler, calls: ['api'] };
  if (name === 'export') return { caller };
  return { caller, report: { name: `${prefix}-report`, handler, calls: ['api'] } };
}

/** As serverless-iam-roles-per-function attaches it. */
const managedVpcPolicy = {
  'Fn::Join': [
    '',
    ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole'],
  ],
};

/** The resources of functions, as the framework and serverless-iam-roles-per-function make them. */
function compiledFunctions(
  functions: Readonly<Record<string, FunctionDefinition>>,
): Record<string, Resource> {
  const resources = Object.entries(functions).map(([key, definition]) => {
    const { name, environment = {}, vpc, iamRoleStatements = [], iamRoleStatementsName } = definition;
    const { subnetIds, securityGroupIds } = (vpc ?? {}) as Record<string, unknown>;
    const id = functionLogicalName(key);
    const Resource = [
      sub(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*:*`),
    ];
    const logs = {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'],
      Resource,
    };
    return {
      [`${id}LogGroup`]: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/aws/lambda/${name}` } },
      [`${id}IamRoleLambdaExecution`]: {
        Type: 'AWS::IAM::Role',
        Properties: {
          Path: '/',
          RoleName: iamRoleStatementsName,
          ManagedPolicyArns: vpc === undefined ? [] : [managedVpcPolicy],
          Policies: [
            {
              PolicyName: 'own',
              PolicyDocument: { Version: '2012-10-17', Statement: [logs, ...iamRoleStatements] },
            },
          ],
        },
      },
      [`${id}LambdaFunction`]: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: name,
          Environment: { Variables: { ...environment } },
          Role: { 'Fn::GetAtt': [`${id}IamRoleLambdaExecution`, 'Arn'] },
          ...(vpc !== undefined && {
            VpcConfig: { SubnetIds: subnetIds, SecurityGroupIds: securityGroupIds },
          }),
        },
        DependsOn: [`${id}LogGroup`, `${id}IamRoleLambdaExecution`],
      },
    };
  });
  return Object.assign({ IamRoleLambdaExecution: { Type: 'AWS::IAM::Role', Properties: {} } }, ...resources);
}

/** The API, as the framework makes it. */
function compiledApi(): Record<string, Resource> {
  const resource = (PathPart: string, parent?: string) => ({
    Type: 'AWS::ApiGateway::Resource',
    Properties: {
      PathPart,
      ParentId:
        parent === undefined ? { 'Fn::GetAtt': ['ApiGatewayRestApi', 'RootResourceId'] } : { Ref: parent },
    },
  });
  const method = (HttpMethod: string, id: string) => ({
    Type: 'AWS::ApiGateway::Method',
    Properties: { HttpMethod, ResourceId: { Ref: id }, AuthorizationType: 'AWS_IAM' },
  });
  return {
    ApiGatewayRestApi: {
      Type: 'AWS::ApiGateway::RestApi',
      Properties: { Name: `${STAGE}-depot`, EndpointConfiguration: { Types: ['REGIONAL'] }, Policy: '' },
    },
    Parcels: resource('parcels'),
    Parcel: resource('{id}', 'Parcels'),
    Sender: resource('sender'),
    PostParcels: method('POST', 'Parcels'),
    GetParcel: method('GET', 'Parcel'),
    GetSender: method('GET', 'Sender'),
    ApiGatewayDeployment1: {
      Type: 'AWS::ApiGateway::Deployment',
      Properties: { RestApiId: { Ref: 'ApiGatewayRestApi' }, StageName: STAGE },
    },
  };
}

/** The resources of serverless.yml, as services/api/serverless.yml has them. */
function apiResources(settings: StageSettings): Record<string, Resource> {
  const { callerAccountId, trustedCallerRoles, trustConditions, roleSuffix } = settings;
  return {
    ParcelsTable: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    IdempotencyTable: { Type: 'AWS::DynamoDB::Table', Properties: {} },
    InvokeRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: `depot-${STAGE}-invoke${roleSuffix}`,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: sub(`arn:\${AWS::Partition}:iam::${callerAccountId}:root`) },
              Action: 'sts:AssumeRole',
              Condition: {
                ArnEquals: { 'aws:PrincipalArn': trustedCallerRoles },
                StringEquals: trustConditions,
              },
            },
          ],
        },
      },
    },
    ApiGatewayStage: { Type: 'AWS::ApiGateway::Stage', Properties: { StageName: STAGE } },
    ApiGatewayLogGroup: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: `/aws/api-gateway/depot-${STAGE}` },
    },
  };
}

/** A value of a template, as AWS gets it. A resource policy that leaves out what its API's ARN begins with gets it. */
export function deployed<Value>(
  value: unknown,
  { template, settings: { region, partition } }: Pick<PackagedService, 'template' | 'settings'>,
): Value {
  const text = deployedText(value, template.Resources, { stackName: 'stack', region, partition });
  const api = `"arn:${partition}:execute-api:${region}:${ACCOUNT}:0123456789/`;
  return JSON.parse(text.replaceAll('"execute-api:/', api));
}

/** The ARN of a role in the stack's account. */
export function roleArnOf({ Properties: { Path = '/', RoleName } }: Resource, account = ACCOUNT): string {
  return `arn:aws:iam::${account}:role${Path}${RoleName}`;
}
