import { apiResources, functionResource, permission, serviceRole } from '../template.testing.ts';
import { resourcePolicyApis } from './resource-policies.testing.ts';

/** The code of the functions: the query of the request selects the behaviour. */
const code = `
exports.handler = async (event) => {
  const { act = '', value = '' } = event.queryStringParameters ?? {};
  if (act === 'sleep') await new Promise((resolve) => setTimeout(resolve, Number(value)));
  if (act === 'throw') throw new Error('thrown');
  if (act === 'return') return JSON.parse(value);
  return { statusCode: 200, body: JSON.stringify(event.requestContext?.identity ?? event) };
};`;

/** The stack of account 111111111111 that the cases share. */
export function matrixTemplate(): object {
  const executeApi = (api: string, rest: string) => ({
    'Fn::Sub': `arn:aws:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${${api}}/${rest}`,
  });
  const Resources = {
    FunctionRole: serviceRole('lambda.amazonaws.com'),
    Echo: functionResource('FunctionRole', code),
    WrongSource: functionResource('FunctionRole', code),
    WrongAccount: functionResource('FunctionRole', code),
    WrongService: functionResource('FunctionRole', code),
    Unpermitted: functionResource('FunctionRole', code),
    EchoPermission: permission('Echo', { SourceArn: executeApi('Main', '*/*/echo/*') }),
    EchoAtOnce: permission('Echo', {
      SourceArn: executeApi('Main', 'dev/*/patient'),
      SourceAccount: { Ref: 'AWS::AccountId' },
    }),
    WrongSourcePermission: permission('WrongSource', {
      SourceArn: executeApi('Main', 'dev/POST/wrong-source'),
    }),
    WrongAccountPermission: permission('WrongAccount', { SourceAccount: '222222222222' }),
    WrongServicePermission: permission('WrongService', { Principal: 'events.amazonaws.com' }),
    ...apiResources(
      'Main',
      [
        { route: 'GET /open' },
        { route: 'POST /open' },
        { route: 'GET /open/more' },
        { route: 'GET /items/{id}' },
        { route: 'ANY /files/{proxy+}' },
        { route: 'GET /free', authorizationType: 'NONE' },
        { route: 'GET /rare' },
        { route: 'ANY /echo/{proxy+}', functionId: 'Echo' },
        { route: 'GET /patient', functionId: 'Echo', timeoutInMillis: 50 },
        { route: 'GET /wrong-source', functionId: 'WrongSource' },
        { route: 'GET /wrong-account', functionId: 'WrongAccount' },
        { route: 'GET /wrong-service', functionId: 'WrongService' },
        { route: 'GET /unpermitted', functionId: 'Unpermitted' },
        {
          route: 'POST /strict',
          properties: {
            RequestValidatorId: { Ref: 'Validator' },
            RequestModels: { 'application/json': { Ref: 'Message' } },
            RequestParameters: { 'method.request.querystring.page': true },
          },
        },
      ],
      {
        more: {
          Validator: {
            Type: 'AWS::ApiGateway::RequestValidator',
            Properties: {
              RestApiId: { Ref: 'Main' },
              ValidateRequestBody: true,
              ValidateRequestParameters: true,
            },
          },
          Message: {
            Type: 'AWS::ApiGateway::Model',
            Properties: {
              RestApiId: { Ref: 'Main' },
              Name: 'Message',
              ContentType: 'application/json',
              Schema: {
                type: 'object',
                required: ['text'],
                additionalProperties: false,
                properties: { text: { type: 'string', minLength: 1 } },
              },
            },
          },
        },
        methodSettings: [
          { ResourcePath: '/rare', HttpMethod: 'GET', ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0.1 },
        ],
      },
    ),
    ...resourcePolicyApis(),
  };
  return {
    Resources,
    Outputs: Object.fromEntries(
      Object.entries(Resources)
        .filter(([, { Type }]) => ['AWS::ApiGateway::RestApi', 'AWS::Lambda::Function'].includes(Type))
        .map(([id]) => [id, { Value: { Ref: id } }]),
    ),
  };
}
