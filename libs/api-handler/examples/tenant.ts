import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import * as v from 'valibot';

const { TENANTS_TABLE } = process.env;
const dynamoDb = new DynamoDBClient({});

/** @throws HttpError 404 if the caller may not act for the tenant. A 403 would tell which tenants exist */
async function checkTenant(tenant: string, arn: string): Promise<void> {
  const Key = { tenant: { S: tenant }, caller: { S: callerScope(arn) } };
  const { Item } = await dynamoDb.send(new GetItemCommand({ TableName: TENANTS_TABLE, Key }));
  if (Item === undefined) throw new HttpError(404, `There is no tenant ${tenant}.`);
}

const listInvoices = {
  method: 'GET',
  path: '/tenants/{tenant}/invoices',
  pathParameters: v.object({ tenant: v.string() }),
  response: v.array(v.object({ id: v.string() })),
  status: 200,
} as const;

export const handler = apiHandler(listInvoices, async ({ pathParameters: { tenant }, caller }) => {
  await checkTenant(tenant, caller.arn);
  return { body: [{ id: `${tenant}-1` }] };
});
