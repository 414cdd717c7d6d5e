import * as apigateway from '@aws-sdk/client-api-gateway';
import * as apigatewayv2 from '@aws-sdk/client-apigatewayv2';
import * as cloudformation from '@aws-sdk/client-cloudformation';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as iam from '@aws-sdk/client-iam';
import * as lambda from '@aws-sdk/client-lambda';
import * as organizations from '@aws-sdk/client-organizations';
import * as s3 from '@aws-sdk/client-s3';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { Directory } from './identity/directory.ts';
import type { Endpoint } from './pipeline/endpoint.ts';
import { createApiGatewayService } from './services/apigateway/index.ts';
import { createApiGatewayV2Service } from './services/apigatewayv2/index.ts';
import { createCloudFormationService } from './services/cloudformation/index.ts';
import { createDynamoDbService } from './services/dynamodb/index.ts';
import { createEcrService } from './services/ecr/index.ts';
import { createIamService } from './services/iam/index.ts';
import { createLambdaService } from './services/lambda/index.ts';
import { createLogsService } from './services/logs/index.ts';
import { createOrganizationsService } from './services/organizations/index.ts';
import type { ResourceType } from './services/resource-type.ts';
import { createS3Service } from './services/s3/index.ts';
import { createSsmService } from './services/ssm/index.ts';
import { createStsService } from './services/sts/index.ts';

/** A service with nothing behind it, for tests of what it is made of. */
export interface BareService {
  readonly endpoint: Endpoint;
  readonly resourceTypes?: readonly ResourceType[];
}

const clock = { now: () => new Date(0) };
const directory = new Directory({ clock, accountIds: ['111111111111'] });
/** A dependency that a service uses only while it answers. */
const absent = undefined as never;

const apiGateway = createApiGatewayService({
  clock,
  principals: directory.principals,
  cloudWatchRoles: absent,
  trustHost: absent,
});

/** Every service of local AWS. */
export const bareServices: readonly BareService[] = [
  createCloudFormationService({
    clock,
    resourceTypes: [],
    templates: absent,
    ssm: absent,
    authorizer: absent,
    assumeRole: absent,
    assumeRoleFor: absent,
    hasAccount: absent,
    onRefusal: absent,
  }),
  createS3Service({ clock, principals: directory.principals }),
  createLogsService({ clock }),
  createIamService(directory),
  createStsService(directory),
  createLambdaService({
    clock,
    principals: directory.principals,
    authorizer: absent,
    code: absent,
    logs: absent,
    roles: absent,
    origin: absent,
    environment: () => ({}),
    holds: absent,
  }),
  apiGateway,
  createApiGatewayV2Service({ clock, restApis: apiGateway.apis }),
  createDynamoDbService(),
  createEcrService(),
  createOrganizationsService(directory),
  createSsmService({ clock }),
];

/** AWS's name for a service. Those of one signing name have different ones. */
export function modelOf({ model, signingName }: Pick<Endpoint, 'model' | 'signingName'>): string {
  return model ?? signingName;
}

/** The client of the AWS SDK for a service, by {@link modelOf}. The project has none for ECR. */
export const sdkClients: Readonly<Record<string, object>> = {
  apigateway,
  apigatewayv2,
  cloudformation,
  dynamodb,
  iam,
  lambda,
  logs,
  organizations,
  s3,
  ssm,
  sts,
};
