import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { badRequest } from '../../apigateway/definition/errors.ts';
import { lambdaFunctionOf } from '../../apigateway/definition/integration.ts';
import { unsupported } from '../../apigateway/definition/property-values.ts';
import { partType } from '../../apigateway/resources/api-part.ts';
import type { HttpApiStore, Integration } from '../store.ts';

const MAPPING = 'mappings of parameters. Read what you need from the event';

const properties = v.strictObject({
  ApiId: v.string(),
  IntegrationType: v.literal(
    'AWS_PROXY',
    'local AWS does not support integrations of HTTP APIs other than AWS_PROXY with a Lambda function.',
  ),
  IntegrationUri: v.string(),
  IntegrationMethod: v.optional(v.string(), 'POST'),
  IntegrationSubtype: unsupported('integrations with services other than Lambda'),
  PayloadFormatVersion: v.picklist(
    ['1.0', '2.0'],
    'a Lambda integration needs PayloadFormatVersion 1.0 or 2.0.',
  ),
  TimeoutInMillis: v.optional(
    v.pipe(
      v.number(),
      v.check((value) => value >= 50 && value <= 30_000, 'Timeout should be between 50 ms and 30000 ms'),
    ),
    30_000,
  ),
  Description: v.optional(v.string()),
  ConnectionType: v.optional(v.literal('INTERNET', 'local AWS does not support VPC links.')),
  CredentialsArn: unsupported('grant API Gateway the invocation with an AWS::Lambda::Permission'),
  RequestParameters: unsupported(MAPPING),
  ResponseParameters: unsupported(MAPPING),
});

/** `AWS::ApiGatewayV2::Integration` with a Lambda function. */
export function integrationType(store: HttpApiStore) {
  return partType(store, 'AWS::ApiGatewayV2::Integration', properties, {
    replacedBy: [],
    path: 'integrations',
    attribute: 'IntegrationId',
    create: (api, given) => store.putIntegration(api, integrationOf(given)),
    update: (api, given, id) => void store.putIntegration(api, integrationOf(given), id),
    remove: (api, id) => store.removeIntegration(api, id),
  });
}

/** The function is named by its own ARN, or by the ARN with which REST APIs name it. */
function integrationOf(given: v.InferOutput<typeof properties>): Integration {
  const {
    IntegrationUri: uri,
    IntegrationMethod,
    PayloadFormatVersion,
    TimeoutInMillis,
    Description,
  } = given;
  const functionArn = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:function:/.test(uri) ? uri : lambdaFunctionOf(uri);
  if (functionArn === undefined) {
    throw badRequest(`Invalid function ARN ${uri} or invalid uri. Give the ARN of a Lambda function.`);
  }
  return {
    uri,
    functionArn,
    method: IntegrationMethod,
    payloadFormatVersion: PayloadFormatVersion,
    timeoutInMillis: TimeoutInMillis,
    ...defined({ description: Description }),
  };
}
