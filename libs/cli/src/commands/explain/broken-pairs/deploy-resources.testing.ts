import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteMethodCommand,
  type EndpointConfiguration,
  GetResourcesCommand,
  PutIntegrationCommand,
  type PutIntegrationCommandInput,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway';
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { TestPair } from '../../../stage/test-pair.testing.ts';

/** The values of a resource that others refer to: that of `Ref`, and those of `Fn::GetAtt` by the name of the attribute. */
interface Values {
  readonly Ref: string;
  readonly [attribute: string]: string;
}

/** A resource of a template. Its references are resolved if it is deployed. */
interface Resource {
  readonly Type: string;
  readonly Properties: object;
}

/** The resources of a template that were deployed. */
export interface Deployed {
  readonly resources: ReadonlyMap<string, Resource & { readonly values: Values }>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Creates and deletes the resources of a type. */
interface Handler {
  create(properties: never, logicalId: string): Promise<Values>;
  delete?(properties: never): Promise<unknown>;
}

interface MethodProperties {
  readonly RestApiId: string;
  readonly ResourceId: string;
  readonly HttpMethod: string;
  readonly AuthorizationType: string;
  readonly Integration: {
    readonly Type: PutIntegrationCommandInput['type'];
    readonly IntegrationHttpMethod: string;
    readonly Uri: string;
  };
}

/**
 * Deploys the templates of pairs with the operations of each service, in the order of their resources: moto's CloudFormation leaves out
 * stages, the policies of APIs, the managed policies of roles, and most updates.
 * @param before the resources of the last deployment of the stack. What the template no longer has is deleted
 */
export async function deployResources(
  sdk: ReturnType<TestPair['sdk']>,
  accountId: string,
  template: object,
  before: Deployed = { resources: new Map(), outputs: {} },
): Promise<Deployed> {
  const { Resources: wanted, Outputs: outputs } = template as {
    readonly Resources: Readonly<Record<string, Resource>>;
    readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
  };
  const clients = {
    gateway: new APIGatewayClient(sdk),
    iam: new IAMClient(sdk),
    lambda: new LambdaClient(sdk),
  };
  const handlers = handlersOf(clients, accountId);
  const handlerOf = ({ Type }: Resource): Handler => {
    const handler = handlers[Type];
    if (handler === undefined) throw new Error(`No pair has a resource of type ${Type}.`);
    return handler;
  };
  const resources = new Map(before.resources);
  const pseudo = { 'AWS::AccountId': { Ref: accountId }, 'AWS::Region': { Ref: sdk.region } };
  const resolved = (value: unknown) =>
    resolve(value, {
      ...Object.fromEntries([...resources].map(([id, { values }]) => [id, values])),
      ...pseudo,
    });
  try {
    for (const [id, deployed] of before.resources) {
      const next = wanted[id];
      const isSame =
        next && JSON.stringify(resolved(next.Properties)) === JSON.stringify(deployed.Properties);
      if (isSame === true) continue;
      await handlerOf(deployed).delete?.(deployed.Properties as never);
      resources.delete(id);
    }
    for (const [id, { Type, Properties }] of Object.entries(wanted)) {
      if (resources.has(id)) continue;
      const resource = { Type, Properties: resolved(Properties) as object };
      const values = await handlerOf(resource).create(resource.Properties as never, id);
      resources.set(id, { ...resource, values });
    }
    return {
      resources,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { Value }]) => [name, String(resolved(Value))]),
      ),
    };
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

function handlersOf(
  {
    gateway,
    iam,
    lambda,
  }: { readonly gateway: APIGatewayClient; readonly iam: IAMClient; readonly lambda: LambdaClient },
  accountId: string,
): Readonly<Record<string, Handler>> {
  return {
    'AWS::ApiGateway::RestApi': {
      async create({
        Name: name,
        EndpointConfiguration: endpoint,
        Policy: policy,
      }: {
        readonly Name: string;
        readonly EndpointConfiguration?: {
          readonly Types: NonNullable<EndpointConfiguration['types']>;
          readonly VpcEndpointIds: string[];
        };
        readonly Policy?: object;
      }) {
        const { id: Ref = '' } = await gateway.send(
          new CreateRestApiCommand({
            name,
            ...(endpoint && {
              endpointConfiguration: { types: endpoint.Types, vpcEndpointIds: endpoint.VpcEndpointIds },
            }),
            ...(policy && { policy: JSON.stringify(policy) }),
          }),
        );
        const { items = [] } = await gateway.send(new GetResourcesCommand({ restApiId: Ref }));
        return { Ref, RootResourceId: items[0]?.id ?? '' };
      },
    },
    'AWS::ApiGateway::Resource': {
      async create({
        RestApiId: restApiId,
        ParentId: parentId,
        PathPart: pathPart,
      }: Readonly<Record<'RestApiId' | 'ParentId' | 'PathPart', string>>) {
        const { id = '' } = await gateway.send(new CreateResourceCommand({ restApiId, parentId, pathPart }));
        return { Ref: id };
      },
    },
    'AWS::ApiGateway::Method': {
      async create({
        RestApiId: restApiId,
        ResourceId: resourceId,
        HttpMethod: httpMethod,
        AuthorizationType: authorizationType,
        Integration: { Type: type, IntegrationHttpMethod: integrationHttpMethod, Uri: uri },
      }: MethodProperties) {
        const method = { restApiId, resourceId, httpMethod };
        await gateway.send(new PutMethodCommand({ ...method, authorizationType }));
        await gateway.send(new PutIntegrationCommand({ ...method, type, integrationHttpMethod, uri }));
        return { Ref: httpMethod };
      },
      delete: ({ RestApiId: restApiId, ResourceId: resourceId, HttpMethod: httpMethod }: MethodProperties) =>
        gateway.send(new DeleteMethodCommand({ restApiId, resourceId, httpMethod })),
    },
    'AWS::ApiGateway::Deployment': {
      async create({ RestApiId: restApiId }: { readonly RestApiId: string }) {
        const { id = '' } = await gateway.send(new CreateDeploymentCommand({ restApiId }));
        return { Ref: id };
      },
    },
    'AWS::ApiGateway::Stage': {
      async create({
        RestApiId: restApiId,
        DeploymentId: deploymentId,
        StageName: stageName,
      }: Readonly<Record<'RestApiId' | 'DeploymentId' | 'StageName', string>>) {
        await gateway.send(new CreateStageCommand({ restApiId, deploymentId, stageName }));
        return { Ref: stageName };
      },
    },
    'AWS::IAM::Role': {
      async create({
        RoleName,
        AssumeRolePolicyDocument,
        ManagedPolicyArns,
        Policies = [],
      }: {
        readonly RoleName: string;
        readonly AssumeRolePolicyDocument: object;
        readonly ManagedPolicyArns: readonly string[];
        readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: object }[];
      }) {
        const trust = JSON.stringify(AssumeRolePolicyDocument);
        const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
        for (const PolicyArn of ManagedPolicyArns)
          await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
        for (const { PolicyName, PolicyDocument } of Policies) {
          const policy = { PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) };
          await iam.send(new PutRolePolicyCommand({ RoleName, ...policy }));
        }
        return { Ref: RoleName, Arn: Role?.Arn ?? '' };
      },
    },
    'AWS::Lambda::Function': {
      async create(properties: CreateFunctionCommandInput) {
        // Nobody runs it, so it needs no real package.
        const Code = { ZipFile: emptyZip };
        const { FunctionName = '', FunctionArn = '' } = await lambda.send(
          new CreateFunctionCommand({ ...properties, Code }),
        );
        return { Ref: FunctionName, Arn: FunctionArn };
      },
      delete: ({ FunctionName }: CreateFunctionCommandInput) =>
        lambda.send(new DeleteFunctionCommand({ FunctionName })),
    },
    'AWS::Lambda::Permission': {
      async create(properties: AddPermissionCommandInput, logicalId: string) {
        await lambda.send(new AddPermissionCommand({ ...properties, StatementId: logicalId }));
        return { Ref: `${accountId}-${logicalId}` };
      },
    },
  };
}

/** A zip archive without files. */
const emptyZip = Buffer.concat([Buffer.from('PK\x05\x06'), Buffer.alloc(18)]);

/** Resolves the intrinsic functions that the templates of pairs have. */
function resolve(value: unknown, values: Readonly<Record<string, Values>>): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, values));
  if (typeof value !== 'object' || value === null) return value;
  const valueFor = (id: string, attribute = 'Ref') => values[id]?.[attribute] ?? `(no ${id}.${attribute})`;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text } = value as Readonly<Record<string, unknown>>;
  if (typeof ref === 'string') return valueFor(ref);
  if (Array.isArray(attribute)) return valueFor(String(attribute[0]), String(attribute[1]));
  if (typeof text === 'string')
    return text.replace(/\$\{([\w:]+)(?:\.(\w+))?\}/g, (_, id: string, name?: string) => valueFor(id, name));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each, values)]));
}
