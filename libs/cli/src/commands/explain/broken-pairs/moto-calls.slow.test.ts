import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDomainNameCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
} from '@aws-sdk/client-api-gateway';
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  CreateAliasCommand,
  LambdaClient,
  PublishVersionCommand,
} from '@aws-sdk/client-lambda';
import type { Link } from '../../../call/link.ts';
import { pairProject } from '../../../project/pair.testing.ts';
import { runInProcess } from '../../../run-in-process.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, role, trust } from '../../../stage/test-pair.testing.ts';
import { orders } from './breaks.testing.ts';
import { documentOf } from './documents.testing.ts';
import { motoPython, startMoto } from './moto.testing.ts';
import { type BreakablePair, deployPair } from './pair.testing.ts';
import type { Place } from './place.testing.ts';
import { REGION } from './templates.testing.ts';

/* Other APIs, callers and integrations than those of the broken pairs, read from moto. */

const python = motoPython();
const describeOnMoto = python === undefined ? describe.skip : describe;

describeOnMoto('on moto, a call', () => {
  let place: Place;
  let pair: BreakablePair;
  let clients: {
    readonly gateway: APIGatewayClient;
    readonly gatewayV2: ApiGatewayV2Client;
    readonly lambda: LambdaClient;
    readonly callerLambda: LambdaClient;
    readonly iam: IAMClient;
    readonly callerIam: IAMClient;
    readonly cloudFormation: CloudFormationClient;
  };
  beforeAll(async () => {
    place = await startMoto(python ?? '');
    pair = await deployPair(place, orders);
    const [api, caller] = [place.sdk(API_ACCOUNT), place.sdk(CALLER_ACCOUNT)];
    clients = {
      gateway: new APIGatewayClient(api),
      gatewayV2: new ApiGatewayV2Client(api),
      lambda: new LambdaClient(api),
      callerLambda: new LambdaClient(caller),
      iam: new IAMClient(api),
      callerIam: new IAMClient(caller),
      cloudFormation: new CloudFormationClient(api),
    };
  });
  afterEach(() => pair?.restore());
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) client.destroy();
    pair?.close();
    await place?.close();
  });

  const functionArn = `arn:aws:lambda:${REGION}:${API_ACCOUNT}:function:orders-backend`;
  const callerArn = `arn:aws:lambda:${REGION}:${CALLER_ACCOUNT}:function:billing-run`;
  const kinds = (links: readonly Link[]) => links.map(({ kind }) => kind);
  /** The links that do not hold. moto's GetDeployment never shows routes, so those of a REST API are not judged. */
  const explain = async () => {
    const { exitCode, broken, unread, text } = await pair.explain();
    const others = unread.filter(({ kind }) => kind !== 'deployment');
    return { exitCode, broken, unread: others, text };
  };

  test('of an HTTP API is allowed, since it shows its routes', async () => {
    const { gatewayV2, lambda } = clients;
    const { ApiId = '' } = await gatewayV2.send(new CreateApiCommand({ Name: 'http', ProtocolType: 'HTTP' }));
    const { IntegrationId } = await gatewayV2.send(
      new CreateIntegrationCommand({
        ApiId,
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: functionArn,
        PayloadFormatVersion: '2.0',
      }),
    );
    const Target = `integrations/${IntegrationId}`;
    await gatewayV2.send(
      new CreateRouteCommand({ ApiId, RouteKey: 'GET /orders/{id}', AuthorizationType: 'AWS_IAM', Target }),
    );
    pair.request({ api: `https://${ApiId}.execute-api.${REGION}.amazonaws.com` });
    expect((await explain()).text).toContain('The API has no stage $default');

    await gatewayV2.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
    expect(kinds((await pair.explain()).broken)).toEqual(['invoke route', 'invoke function']);

    const apiArn = `arn:aws:execute-api:${REGION}:${API_ACCOUNT}:${ApiId}`;
    const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${apiArn}/$default/*` };
    await pair.edit('access policy', (statements) => [...statements, Statement]);
    await lambda.send(
      new AddPermissionCommand({
        FunctionName: functionArn,
        StatementId: 'http',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `${apiArn}/*`,
      }),
    );
    expect(await pair.explain()).toMatchObject({ exitCode: 0, broken: [], unread: [] });

    pair.request({ route: ['GET /nowhere'] });
    expect(kinds((await pair.explain()).broken)).toEqual(['deployment']);
  });

  test('under a custom domain follows its mappings', async () => {
    const { gateway } = clients;
    const domainName = 'api.example.com';
    pair.request({ api: `https://${domainName}/shop` });
    expect((await explain()).text).toContain(`has no custom domain ${domainName}`);

    const certificateArn = `arn:aws:acm:${REGION}:${API_ACCOUNT}:certificate/any`;
    await gateway.send(new CreateDomainNameCommand({ domainName, certificateArn }));
    await gateway.send(
      new CreateBasePathMappingCommand({ domainName, basePath: 'shop', restApiId: pair.apiId, stage: 'v1' }),
    );
    expect(await explain()).toMatchObject({ broken: [], unread: [] });

    pair.request({ api: `https://${domainName}/shops` });
    expect((await explain()).text).toContain('It has /shop.');
  });

  test('of a user is judged by the policies of its groups', async () => {
    const { callerIam } = clients;
    const [UserName, GroupName] = ['jane', 'clerks'];
    await callerIam.send(new CreateUserCommand({ UserName }));
    await callerIam.send(new CreateGroupCommand({ GroupName }));
    await callerIam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    const caller = `arn:aws:iam::${CALLER_ACCOUNT}:user/${UserName}`;
    pair.request({ caller });
    await pair.edit('access trust', () => [
      { Effect: 'Allow', Principal: { AWS: caller }, Action: 'sts:AssumeRole' },
    ]);
    expect((await explain()).broken).toMatchObject([
      { kind: 'assume role', remedies: [{ where: `a policy of ${caller}` }] },
    ]);
    const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
    const PolicyDocument = documentOf([Statement]);
    await callerIam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'assume', PolicyDocument }));
    expect(await explain()).toMatchObject({ broken: [], unread: [] });
  });

  test('of an alias of a function is judged, and an alias that does not exist is named', async () => {
    const { callerLambda } = clients;
    pair.request({ caller: `${callerArn}:live` });
    expect((await explain()).text).toContain(`There is no function ${callerArn}:live.`);
    const { Version } = await callerLambda.send(new PublishVersionCommand({ FunctionName: callerArn }));
    await callerLambda.send(
      new CreateAliasCommand({ FunctionName: callerArn, Name: 'live', FunctionVersion: Version }),
    );
    expect(await explain()).toMatchObject({ broken: [], unread: [] });
  });

  test('whose integration has a role is repaired on that role', async () => {
    const { gateway, iam } = clients;
    const RoleName = 'integration';
    const { items = [] } = await gateway.send(new GetResourcesCommand({ restApiId: pair.apiId }));
    const integrate = (credentials?: string) =>
      gateway.send(
        new PutIntegrationCommand({
          restApiId: pair.apiId,
          resourceId: items.find(({ path }) => path === '/orders/{id}')?.id,
          httpMethod: 'GET',
          type: 'AWS_PROXY',
          integrationHttpMethod: 'POST',
          uri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
          credentials,
        }),
      );
    const proposed = async () => {
      const { broken } = await explain();
      expect(kinds(broken)).toEqual(['invoke function']);
      const [change] = broken.flatMap(({ remedies }) => remedies);
      return change?.change === 'add statement' ? change : undefined;
    };
    await integrate(`arn:aws:iam::${API_ACCOUNT}:role/${RoleName}`);
    expect((await explain()).text).toContain('which the integration is configured with');

    const trusted = {
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    };
    const AssumeRolePolicyDocument = documentOf([trusted]);
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const trusts = await proposed();
    expect(trusts).toMatchObject({ kind: 'role trust policy' });
    const both = documentOf([trusted, trusts?.statement ?? {}]);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: both }));

    const allows = await proposed();
    expect(allows).toMatchObject({ kind: 'identity-based policy' });
    const PolicyDocument = documentOf([allows?.statement ?? {}]);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'main', PolicyDocument }));
    expect(await explain()).toMatchObject({ broken: [], unread: [] });
    await integrate();
  });

  test('of a role whose policy is no JSON is judged as far as it was read', async () => {
    const { cloudFormation } = clients;
    // The CloudFormation of moto stores the inline policies of a role as Python prints them.
    const Role = role('of-stack', trust({ AWS: `arn:aws:iam::${CALLER_ACCOUNT}:root` }), {
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: '*',
    });
    const TemplateBody = JSON.stringify({ Resources: { Role } });
    await cloudFormation.send(new CreateStackCommand({ StackName: 'of-stack', TemplateBody }));
    const roleArn = `arn:aws:iam::${API_ACCOUNT}:role/of-stack`;
    pair.request({ role: roleArn });
    const mayAssume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
    await pair.edit('caller policy', (statements) => [...statements, mayAssume]);
    const { exitCode, broken, unread, text } = await explain();
    expect({ exitCode, broken, unread: kinds(unread) }).toEqual({
      exitCode: 2,
      broken: [],
      unread: ['assume role', 'invoke route'],
    });
    expect(text).toContain('the inline policy main of role of-stack is not a JSON document');
  });

  test('is reviewed', async () => {
    const { stdout, exitCode } = await runInProcess(
      [
        'review',
        ...['--api', pair.url, '--caller', callerArn],
        ...['--role', `arn:aws:iam::${API_ACCOUNT}:role/orders-access`],
        ...['--caller-profile', 'local-caller', '--api-profile', 'local-api', '--json'],
      ],
      pairProject,
      place.variables,
    );
    const { findings, unread } = JSON.parse(stdout);
    expect({ exitCode, unread }).toEqual({ exitCode: 0, unread: [] });
    expect(findings.map(({ code }: { readonly code: string }) => code)).toEqual([
      'unneeded-permissions',
      'no-throttling',
      'no-access-log',
    ]);
  });
});
