import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as apigateway from '@aws-sdk/client-api-gateway';
import * as apigatewayv2 from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import * as s3 from '@aws-sdk/client-s3';
import { awsOperations } from '../libs/local-aws/src/protocols/aws-schemas.testing.ts';

/*
 * Writes the table by which local AWS knows the names of the operations that it does not have. Run it after an update of the
 * AWS SDK: node scripts/generate-aws-routes.ts
 */

const file = join(import.meta.dirname, '../libs/local-aws/src/protocols/aws-routes.json');

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

const rows = {
  apigateway: rowsOf(apigateway),
  apigatewayv2: rowsOf(apigatewayv2),
  lambda: rowsOf(lambda),
  s3: rowsOf(s3),
};
await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
