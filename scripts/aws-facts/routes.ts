import * as apigateway from '@aws-sdk/client-api-gateway';
import * as apigatewayv2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import { awsOperations } from '../../libs/local-aws/src/protocols/aws-schemas.testing.ts';

/** The routes by which local AWS knows the names of the operations that it does not have, from the clients of the SDK. */
export function routesOfSdk(): Readonly<Record<string, readonly string[]>> {
  return {
    apigateway: rowsOf(apigateway),
    apigatewayv2: rowsOf(apigatewayv2),
    lambda: rowsOf(lambda),
    s3: rowsOf(s3),
  };
}

/** For each path template, with the query parameters and headers that every request for it has: methods and operations. */
function rowsOf(client: object): string[] {
  const paths = Map.groupBy(awsOperations(client), ({ route }) => route.split(' ')[1] ?? '');
  return [...paths]
    .map(([path, operations]) => {
      const methods = operations.map(({ name, route }) => `${route.split(' ')[0]} ${name}`);
      return [path, ...methods.sort()].join(' ');
    })
    .sort();
}
