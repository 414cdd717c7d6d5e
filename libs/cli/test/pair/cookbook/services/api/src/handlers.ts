import { apiHandler, callerScope, HttpError } from '@cross-account-api/api-handler';
import { idempotencyTable } from '@cross-account-api/api-handler/idempotency';
import { AwsV4Signer } from 'aws4fetch';
import { operations } from './operations.ts';

const once = { idempotency: idempotencyTable() };
const TAG = '"1"';
const orderOf = (number: number) => ({ number, item: 'pen', pens: 2 });

export const createOrder = apiHandler(
  operations.createOrder,
  async ({ body: { item, pens, due } }) => {
    const number = due === undefined ? 1 : due.getUTCDate();
    return { body: { number, item, pens }, headers: { Location: `/orders/${number}` } };
  },
  once,
);

export const replaceOrder = apiHandler(operations.replaceOrder, async ({ headers, problem }) => {
  if (headers['If-Match'] !== TAG) throw problem('changed', 'Read the order again.');
});

export const changeOrder = apiHandler(
  operations.changeOrder,
  async ({ pathParameters: { number }, body: { item = 'pen', pens = 2 } }) => ({
    body: { number, item, pens },
  }),
  once,
);

export const deleteOrder = apiHandler(operations.deleteOrder, async () => {});

export const deleteOrders = apiHandler(operations.deleteOrders, async ({ body: { numbers } }) => ({
  body: { deleted: numbers.length },
}));

export const markOrder = apiHandler(operations.markOrder, async () => {});

export const closeDay = apiHandler(operations.closeDay, async ({ body }) => ({
  body: { closed: body?.day ?? new Date().toISOString().slice(0, 10) },
}));

export const recount = apiHandler(operations.recount, async () => {});

export const listOrders = apiHandler(operations.listOrders, async ({ query: { limit, after = '0' } }) => {
  const first = Number(after) + 1;
  const orders = Array.from({ length: limit }, (_, index) => orderOf(first + index));
  return { body: { orders, next: String(first + limit - 1) } };
});

export const searchOrders = apiHandler(operations.searchOrders, async ({ query }) => ({
  body: { text: query.text, size: query.size, page: query.page, prices: query.prices },
}));

export const getReport = apiHandler(
  operations.getReport,
  async ({ pathParameters: { year, region }, query: { from, to } }) => ({
    body: { year, region, days: [from, to] },
  }),
);

export const getCategory = apiHandler(operations.getCategory, async ({ pathParameters: { name } }) => ({
  body: { name, children: [{ name: `${name} of gold`, children: [] }] },
}));

export const getOrder = apiHandler(
  operations.getOrder,
  async ({ pathParameters: { number }, headers: { 'If-None-Match': known } }) => {
    if (known === TAG) return { status: 304, headers: { ETag: TAG } };
    return { body: orderOf(number), headers: { ETag: TAG } };
  },
);

export const createShipment = apiHandler(
  operations.createShipment,
  async ({ body: { number }, headers: { 'X-Correlation-Id': correlationId } }) => ({
    body: { id: `${number}-1` },
    headers: { Location: `/shipments/${number}-1`, 'X-Correlation-Id': correlationId },
  }),
);

export const startExport = apiHandler(
  operations.startExport,
  async ({ idempotencyToken: id }) => ({ body: { id }, headers: { Location: `/exports/${id}` } }),
  once,
);

export const getExport = apiHandler(operations.getExport, async ({ pathParameters: { id } }) => {
  if (id === '1') return { body: { done: true } };
  return { status: 202, body: { done: false }, headers: { 'Retry-After': '2' } };
});

export const getOldOrder = apiHandler(operations.getOldOrder, async ({ pathParameters: { number } }) => ({
  body: { nr: number },
  headers: { Sunset: 'Thu, 31 Dec 2026 23:59:59 GMT' },
}));

export const exportOrders = apiHandler(operations.exportOrders, async () => ({
  body: 'number,item,pens\n7,pen,2\n',
  headers: { 'Content-Disposition': 'attachment; filename="orders.csv"' },
}));

export const importOrders = apiHandler(
  operations.importOrders,
  async ({ body }) => ({ body: { imported: body.trimEnd().split('\n').length - 1 } }),
  once,
);

export const convertInvoice = apiHandler(operations.convertInvoice, async ({ body }) => ({
  body: body.replace('invoice', 'receipt'),
}));

export const createUpload = apiHandler(operations.createUpload, async ({ body: { name }, caller }) => {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN, AWS_REGION } = process.env;
  const { UPLOADS_BUCKET = 'uploads' } = process.env;
  // Or with getSignedUrl of @aws-sdk/s3-request-presigner.
  // The client sends the file to this URL: fetch(url, { method: 'PUT', body: file }). The function's role needs s3:PutObject.
  const key = `${encodeURIComponent(callerScope(caller.arn))}/${name}`;
  const url = new URL(`https://${UPLOADS_BUCKET}.s3.${AWS_REGION}.amazonaws.com/${key}`);
  url.searchParams.set('X-Amz-Expires', '300');
  const signer = new AwsV4Signer({
    url: url.href,
    method: 'PUT',
    service: 's3',
    signQuery: true,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  });
  return { body: { url: (await signer.sign()).url.href, expiresInSeconds: 300 } };
});

export const payOrder = apiHandler(
  operations.payOrder,
  async ({ pathParameters: { number }, body: { cents }, problem }) => {
    if (number === 1) throw problem('alreadyPaid', 'Do not pay it again.');
    if (cents < 250) throw problem('tooLittle', 'Pay 250 cents.', { missingCents: 250 - cents });
    return { body: { paid: cents } };
  },
  once,
);

export const getCaller = apiHandler(operations.getCaller, async ({ caller }) => ({
  body: { caller, scope: callerScope(caller.arn) },
}));

/** The callers of each tenant. In production, a table has them: the README of api-handler shows one. */
const tenants = new Map([['blue', /:assumed-role\/depot-local-invoke$/]]);

export const listInvoices = apiHandler(
  operations.listInvoices,
  async ({ pathParameters: { tenant }, caller }) => {
    const isTheirs = tenants.get(tenant)?.test(callerScope(caller.arn)) === true;
    // A 403 would tell which tenants exist.
    if (!isTheirs) throw new HttpError(404, `There is no tenant ${tenant}.`);
    return { body: [{ id: `${tenant}-1` }] };
  },
);

export const getTenant = apiHandler(operations.getTenant, async ({ caller, problem }) => {
  const [name] = [...tenants].find(([, callers]) => callers.test(callerScope(caller.arn))) ?? [];
  if (name === undefined) throw problem('noTenant', 'Ask the owners of the API.');
  return { body: { name } };
});
