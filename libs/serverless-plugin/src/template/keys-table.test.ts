import { deploymentWith } from '../deployment.testing.ts';
import { frameworkFor } from '../framework.testing.ts';
import type { FunctionDefinition } from '../framework.ts';
import { checkKeysTable, grantKeysTable } from './keys-table.ts';

const header = { name: 'Idempotency-Key', in: 'header' };
/** The paths of a document. `POST /orders` and `PUT /orders/{id}` remember keys. */
const routes = {
  '/orders': { post: { parameters: [header] }, get: {} },
  '/orders/{id}': { get: { parameters: [{ name: 'id', in: 'path' }] }, put: { parameters: [header] } },
  // A parameter of the query is not the header.
  '/closings': { post: { parameters: [{ name: 'Idempotency-Key', in: 'query' }] } },
};
const on = (method: string, path: string) => ({ http: { method, path, authorizer: 'aws_iam' } });
const functions = (): Record<string, FunctionDefinition> => ({
  orders: { name: 'orders', events: [on('post', 'orders')], environment: { ORDERS_TABLE: 'orders' } },
  order: { name: 'order', events: [on('ANY', '/orders/{id}')] },
  list: { name: 'list', events: [on('GET', '/orders'), { http: 'POST /closings' }] },
  worker: { name: 'worker' },
});
const resources = { Resources: { IdempotencyTable: { Type: 'AWS::DynamoDB::Table' } } };

const check = (service: object) =>
  checkKeysTable(
    frameworkFor({ service: { functions: functions(), custom: { routes }, resources, ...service } }),
    deploymentWith(),
  );

test('a function whose operation remembers keys gets the table, and no other function does', () => {
  const granted = functions();
  grantKeysTable(granted, deploymentWith().settings, { routes });
  const table = { Ref: 'IdempotencyTable' };
  expect(granted.orders?.environment).toEqual({ ORDERS_TABLE: 'orders', IDEMPOTENCY_TABLE: table });
  expect(granted.order?.environment).toEqual({ IDEMPOTENCY_TABLE: table });
  expect(granted.order?.iamRoleStatements).toEqual([
    {
      Sid: 'RememberAnswers',
      Effect: 'Allow',
      Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: { 'Fn::GetAtt': ['IdempotencyTable', 'Arn'] },
    },
  ]);
  const { list, worker } = functions();
  expect([granted.list, granted.worker]).toEqual([list, worker]);
});

test('the permission comes after those of serverless.yml', () => {
  const { orders } = functions();
  const own = { Sid: 'StoreOrders', Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: 'arn:orders' };
  const granted = { orders: { ...orders!, iamRoleStatements: [own] } };
  grantKeysTable(granted, deploymentWith().settings, { routes });
  expect(granted.orders.iamRoleStatements).toMatchObject([own, { Sid: 'RememberAnswers' }]);
});

test('without the table, nothing is packaged, and the message has the line to add', () => {
  expect(() => check({})).not.toThrow();
  expect(() => check({ resources: { Resources: {} } })).toThrow(
    'POST /orders remembers idempotency keys (idempotencyKey: true in the contract), and serverless.yml has no table for them.',
  );
});

test('a contract without keys needs no table', () => {
  const { '/closings': closings } = routes;
  expect(() => check({ custom: { routes: { '/closings': closings } }, resources: undefined })).not.toThrow();
});

test('a function that answers such an operation and names a table itself is refused, and any other may', () => {
  const { orders, worker } = functions();
  const environment = { IDEMPOTENCY_TABLE: 'mine' };
  expect(() => check({ functions: { orders: { ...orders!, environment } } })).toThrow(
    'serverless.yml: functions.orders.environment has IDEMPOTENCY_TABLE. Remove it: the function answers POST /orders',
  );
  expect(() => check({ functions: { worker: { ...worker!, environment } } })).not.toThrow();
  // A service without a contract.
  expect(() => check({ functions: { orders: { ...orders!, environment } }, custom: {} })).not.toThrow();
});
