import { createAuthorizer, type Principal } from '@cross-account-api/iam';
import type { Clock } from '../core/clock.ts';
import { Holds } from '../core/holds.ts';
import type { LagOptions } from '../core/lag.ts';
import type { ParentRequest } from '../core/parent-request.ts';
import type { FaultInjector } from '../faults/index.ts';
import type { Directory } from '../identity/directory.ts';
import { createServiceRoles } from '../identity/service-role.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import type { Trace } from '../trace/store.ts';
import { createApiGatewayService } from './apigateway/index.ts';
import { createApiGatewayV2Service } from './apigatewayv2/index.ts';
import { createCloudFormationService } from './cloudformation/index.ts';
import { createDynamoDbService } from './dynamodb/index.ts';
import { createEcrService } from './ecr/index.ts';
import { createExecuteApiEndpoint } from './execute-api/index.ts';
import { createFunctionUrlEndpoint } from './function-url/index.ts';
import { createIamService } from './iam/index.ts';
import { inertResourceTypes } from './inert/index.ts';
import { createLambdaService, type LambdaServiceOptions } from './lambda/index.ts';
import { createLogsService } from './logs/index.ts';
import { createOrganizationsService } from './organizations/index.ts';
import type { ResourceType } from './resource-type.ts';
import { createS3Service } from './s3/index.ts';
import { createSsmService } from './ssm/index.ts';
import { createStsService, type IssuerKeys } from './sts/index.ts';

/** The deployed resources, read without authorization. */
export type Deployed = ReturnType<typeof createServices>['deployed'];

/** On AWS, a change of a function takes a few seconds (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html). */
const FUNCTION_CHANGE_MS = 2_000;

/** Creates the services and connects them. */
export function createServices(options: {
  readonly clock: Clock;
  readonly lagMs?: LagOptions['lagMs'];
  readonly directory: Directory;
  readonly faults: FaultInjector;
  readonly freshAccounts: boolean;
  readonly tokenIssuers: IssuerKeys | undefined;
  /** Records the refused requests that a service made for a caller. */
  readonly trace: Pick<Trace, 'record'>;
  readonly origin: () => string;
  /** Absolute paths of the folders where functions find AWS SDK v3. */
  readonly projects: readonly string[];
  readonly functionEnvironment: LambdaServiceOptions['environment'];
  /** Default: nothing is ever held. */
  readonly holds?: Holds;
  readonly inspect?: LambdaServiceOptions['inspect'];
  readonly report: (message: string) => void;
  /** Makes clients trust the certificate of a custom domain. */
  readonly trustHost: (hostname: string) => Promise<void>;
}) {
  const { clock, lagMs, directory, faults, holds = new Holds() } = options;
  const authorizer = createAuthorizer(directory);
  const roles = createServiceRoles(directory, authorizer);
  const assumeAs = (service: string, sessionName: string) => async (roleArn: string) =>
    (await roles.assume({ roleArn, service, sessionName })).principal;

  const s3 = createS3Service({ clock, principals: directory.principals });
  const logs = createLogsService({ clock, report: options.report });
  const dynamodb = createDynamoDbService(options.report);
  const ecr = createEcrService();
  const ssm = createSsmService({ clock });
  const iam = createIamService(directory);
  const organizations = createOrganizationsService(directory);
  const sts = createStsService(directory, {
    maxSessionSeconds: () => faults.maxSessionSeconds,
    tokenIssuers: options.tokenIssuers,
    clock,
  });
  const lambda = createLambdaService({
    clock,
    lagMs,
    authorizer,
    principals: directory.principals,
    code: s3,
    logs,
    roles,
    origin: options.origin,
    projects: options.projects,
    environment: options.functionEnvironment,
    holds,
    inspect: options.inspect,
    // The service is made below, as it needs this one's resource types.
    stacksSettled: () => cloudformation.idle(),
    report: options.report,
    changeMs: options.freshAccounts ? FUNCTION_CHANGE_MS : 0,
    unseenMs: FUNCTION_CHANGE_MS,
    fault: (invoked) => faults.nextForInvocation(invoked),
  });
  const apigateway = createApiGatewayService({
    clock,
    lagMs,
    principals: directory.principals,
    trustHost: options.trustHost,
    cloudWatchRoles: {
      initial: (accountId) =>
        options.freshAccounts ? undefined : `arn:aws:iam::${accountId}:role/apigateway-cloudwatch-logs`,
      isTrusting: (roleArn) => roles.isTrusting({ roleArn, service: 'apigateway.amazonaws.com' }),
    },
  });
  const apigatewayv2 = createApiGatewayV2Service({ clock, lagMs, restApis: apigateway.apis });
  const { httpApis } = apigatewayv2;
  const organizationOf = (accountId: string) => directory.organizationOf(accountId)?.organizationId;
  const executeApi = createExecuteApiEndpoint({
    apis: apigateway.apis,
    httpApis,
    lambda,
    holds,
    assumeRole: assumeAs('apigateway.amazonaws.com', 'BackplaneAssumeRoleSession'),
    logs,
    authorizer,
    clock,
    organizationOf,
  });
  const functionUrl = createFunctionUrlEndpoint({ lambda, authorizer, organizationOf });
  /** To register a service, add it here. */
  const services: readonly { endpoint: Endpoint; resourceTypes?: readonly ResourceType[] }[] = [
    iam,
    sts,
    organizations,
    s3,
    logs,
    lambda,
    apigateway,
    apigatewayv2,
    dynamodb,
    ecr,
    ssm,
    { endpoint: executeApi },
    { endpoint: functionUrl },
  ];
  const resourceTypes = [...services.flatMap((each) => each.resourceTypes ?? []), ...inertResourceTypes];
  const cloudformation = createCloudFormationService({
    clock,
    templates: s3,
    ssm,
    authorizer,
    assumeRole: assumeAs('cloudformation.amazonaws.com', 'AWSCloudFormation'),
    assumeRoleFor: sts.assumeRoleFor,
    hasAccount: (accountId) => directory.accountIds.includes(accountId),
    onRefusal: (event) => options.trace.record(event),
    resourceTypes,
  });

  return {
    authorizer,
    resourceTypes: [...cloudformation.resourceTypes, ...resourceTypes],
    endpoints: [...services, cloudformation].map(({ endpoint }) => endpoint),
    deployed: {
      functions: lambda.functions,
      stages: () => [...apigateway.apis.deployedStages(), ...httpApis.deployedStages()],
      /** ARNs. */
      tables: () => dynamodb.tables(),
      stackResources: () => cloudformation.stackResources(),
    },
    download: lambda.download,
    /** The request that invoked the function that uses this credential, directly or through AssumeRole. */
    parentRequest(accessKeyId: string): ParentRequest | undefined {
      let current: string | undefined = accessKeyId;
      for (let depth = 0; current !== undefined && depth < 10; depth += 1) {
        const invocation = lambda.currentInvocation(current);
        if (invocation !== undefined) return invocation;
        const principal: Principal | undefined = directory.findCredential(current)?.principal;
        current = principal?.type === 'AssumedRole' ? principal.issuedTo : undefined;
      }
      return undefined;
    },
    /** Resolves when no stack is being changed. */
    stacksSettled: () => cloudformation.idle(),
    inspectorsReady: lambda.inspectorsReady,
    async close(): Promise<void> {
      await cloudformation.idle();
      await lambda.close();
      await dynamodb.close();
    },
  };
}
