import { callerSchema, operation } from '@cross-account-api/contract';
import * as v from 'valibot';

// services/COOKBOOK.md is made from this file and from handlers.ts: npm run generate

const order = v.object({ number: v.number(), item: v.string(), pens: v.number() });
const number = v.pipe(v.number(), v.integer());
const day = v.pipe(v.string(), v.isoDate());
const entityTag = v.pipe(v.string(), v.regex(/^"[^"]+"$/, 'must be an entity tag, such as "1"'));

interface Category {
  readonly name: string;
  readonly children: readonly Category[];
}
const category: v.GenericSchema<Category> = v.object({
  name: v.string(),
  children: v.array(v.lazy(() => category)),
});

export const operations = {
  // ## Methods and bodies

  createOrder: operation({
    method: 'POST',
    path: '/orders',
    summary: 'Creates an order once, also if the request is repeated.',
    request: v.strictObject({
      item: v.pipe(v.string(), v.trim(), v.nonEmpty()),
      pens: v.optional(v.pipe(number, v.minValue(1)), 1),
      due: v.optional(v.pipe(v.string(), v.isoTimestamp(), v.toDate())),
    }),
    response: order,
    responseHeaders: v.object({ Location: v.string() }),
    status: 201,
    idempotencyKey: true,
    example: { body: { item: 'pen', due: '2026-12-24T12:00:00.000Z' } },
  }),

  replaceOrder: operation({
    method: 'PUT',
    path: '/orders/{number}',
    summary: 'Replaces an order, if nobody else has changed it since it was read.',
    pathParameters: v.object({ number }),
    headers: v.object({ 'If-Match': entityTag }),
    request: v.object({ item: v.string(), pens: number }),
    status: 204,
    problems: { changed: { status: 412, title: 'The order has changed since it was read' } },
    example: {
      pathParameters: { number: 7 },
      headers: { 'If-Match': '"1"' },
      body: { item: 'pen', pens: 2 },
    },
  }),

  changeOrder: operation({
    method: 'PATCH',
    path: '/orders/{number}',
    summary: 'Changes members of an order.',
    pathParameters: v.object({ number }),
    request: v.partial(v.object({ item: v.string(), pens: number })),
    requestMediaType: 'application/merge-patch+json',
    response: order,
    status: 200,
    idempotencyKey: true,
    example: { pathParameters: { number: 7 }, body: { pens: 3 } },
  }),

  deleteOrder: operation({
    method: 'DELETE',
    path: '/orders/{number}',
    summary: 'Deletes an order.',
    pathParameters: v.object({ number }),
    status: 204,
    example: { pathParameters: { number: 7 } },
  }),

  deleteOrders: operation({
    method: 'DELETE',
    path: '/orders',
    summary: 'Deletes several orders, which the body names.',
    request: v.object({ numbers: v.pipe(v.array(number), v.minLength(1)) }),
    response: v.object({ deleted: v.number() }),
    status: 200,
    example: { body: { numbers: [7, 8] } },
  }),

  markOrder: operation({
    method: 'PUT',
    path: '/orders/{number}/mark',
    summary: 'Marks an order. The request has no body.',
    pathParameters: v.object({ number }),
    status: 204,
    example: { pathParameters: { number: 7 } },
  }),

  closeDay: operation({
    method: 'POST',
    path: '/closings',
    summary: 'Closes a day: the one in the body or, without a body, today.',
    request: v.optional(v.object({ day })),
    response: v.object({ closed: day }),
    status: 200,
    example: { body: { day: '2026-11-30' } },
  }),

  recount: operation({
    method: 'PATCH',
    path: '/stock',
    summary: 'Counts the stock again. The request has no body.',
    status: 204,
  }),

  // ## Path and query

  listOrders: operation({
    method: 'GET',
    path: '/orders',
    summary: 'Lists orders, a page at a time.',
    query: v.object({
      limit: v.optional(v.pipe(number, v.minValue(1), v.maxValue(100)), 20),
      after: v.optional(v.string()),
      open: v.optional(v.boolean()),
      states: v.optional(v.array(v.picklist(['new', 'paid', 'sent']))),
    }),
    response: v.object({ orders: v.array(order), next: v.optional(v.string()) }),
    status: 200,
    example: { query: { limit: 2, open: true, states: ['new'] } },
  }),

  searchOrders: operation({
    method: 'GET',
    path: '/search',
    summary: 'Finds orders. Each kind of value that a query can have.',
    query: v.strictObject({
      text: v.string(),
      size: v.optional(v.picklist(['s', 'm', 1, 2])),
      page: v.optional(v.union([v.literal('last'), number])),
      prices: v.optional(v.tuple([v.number(), v.number()])),
    }),
    response: v.object({ text: v.string(), size: v.unknown(), page: v.unknown(), prices: v.unknown() }),
    status: 200,
    example: { query: { text: 'a&b=c', size: 1, page: 'last', prices: [0.5, 2] } },
  }),

  getReport: operation({
    method: 'GET',
    path: '/reports/{year}/{region}',
    summary: 'Reports. A rule compares two parameters; the document names it, and the handler enforces it.',
    pathParameters: v.object({ year: v.pipe(number, v.minValue(2000)), region: v.string() }),
    query: v.pipe(
      v.object({ from: day, to: day }),
      v.check(({ from, to }) => from <= to, 'from must not be after to'),
    ),
    response: v.object({ year: v.number(), region: v.string(), days: v.array(day) }),
    status: 200,
    example: {
      pathParameters: { year: 2026, region: 'eu/north' },
      query: { from: '2026-11-01', to: '2026-11-30' },
    },
  }),

  getCategory: operation({
    method: 'GET',
    path: '/categories/{name}',
    summary: 'Reads a tree. Its schema refers to itself.',
    pathParameters: v.object({ name: v.string() }),
    response: category,
    status: 200,
    example: { pathParameters: { name: 'pens' } },
  }),

  // ## Headers

  getOrder: operation({
    method: 'GET',
    path: '/orders/{number}',
    summary: 'Reads an order, or says with 304 that the client has it already.',
    pathParameters: v.object({ number }),
    headers: v.object({ 'If-None-Match': v.optional(entityTag) }),
    response: order,
    responseHeaders: v.object({ ETag: entityTag }),
    status: 200,
    example: { pathParameters: { number: 7 } },
  }),

  createShipment: operation({
    method: 'POST',
    path: '/shipments',
    summary: 'Ships an order, and passes a correlation ID on.',
    headers: v.object({ 'X-Correlation-Id': v.optional(v.pipe(v.string(), v.uuid())) }),
    request: v.object({ number }),
    response: v.object({ id: v.string() }),
    responseHeaders: v.object({ Location: v.string(), 'X-Correlation-Id': v.optional(v.string()) }),
    status: 201,
    example: {
      headers: { 'X-Correlation-Id': '6f1c7d3e-2b4a-4c58-9d0e-8a7b6c5d4e3f' },
      body: { number: 7 },
    },
  }),

  startExport: operation({
    method: 'POST',
    path: '/exports',
    summary: 'Starts work that takes longer than a request. The client asks for its result later.',
    response: v.object({ id: v.string() }),
    responseHeaders: v.object({ Location: v.string() }),
    status: 202,
    idempotencyKey: true,
  }),

  getExport: operation({
    method: 'GET',
    path: '/exports/{id}',
    summary: 'Says whether the work is done. Another status of success needs no declaration.',
    pathParameters: v.object({ id: v.string() }),
    response: v.object({ done: v.boolean() }),
    responseHeaders: v.object({ 'Retry-After': v.optional(v.pipe(v.string(), v.digits())) }),
    status: 200,
    example: { pathParameters: { id: '1' } },
  }),

  getOldOrder: operation({
    method: 'GET',
    path: '/v1/orders/{number}',
    summary: 'Reads an order in a former form. Clients should call getOrder.',
    pathParameters: v.object({ number }),
    response: v.object({ nr: v.number() }),
    responseHeaders: v.object({ Sunset: v.string() }),
    status: 200,
    deprecated: true,
    example: { pathParameters: { number: 7 } },
  }),

  // ## Text, and files

  exportOrders: operation({
    method: 'GET',
    path: '/orders.csv',
    summary: 'Reads all orders as CSV.',
    response: v.string(),
    responseMediaType: 'text/csv',
    status: 200,
  }),

  importOrders: operation({
    method: 'POST',
    path: '/orders.csv',
    summary: 'Imports orders from CSV.',
    request: v.pipe(v.string(), v.startsWith('item,pens\n', 'must begin with the line item,pens')),
    requestMediaType: 'text/csv',
    response: v.object({ imported: v.number() }),
    status: 200,
    idempotencyKey: true,
    example: { body: 'item,pens\npen,2\n' },
  }),

  convertInvoice: operation({
    method: 'POST',
    path: '/invoices.xml',
    summary: 'Converts an invoice. Text in both directions.',
    request: v.string(),
    requestMediaType: 'application/xml',
    response: v.string(),
    responseMediaType: 'application/xml',
    status: 200,
    example: { body: '<invoice total="1"/>' },
  }),

  createUpload: operation({
    method: 'POST',
    path: '/uploads',
    summary: 'Lets the client send a file of any size to S3. Bytes do not pass through the API.',
    request: v.object({ name: v.pipe(v.string(), v.regex(/^[\w.-]{1,100}$/)) }),
    response: v.object({ url: v.pipe(v.string(), v.url()), expiresInSeconds: v.number() }),
    status: 200,
    example: { body: { name: 'invoice.pdf' } },
  }),

  // ## Problems

  payOrder: operation({
    method: 'POST',
    path: '/orders/{number}/payments',
    summary: 'Pays an order. The client tells the errors apart, and reads their members.',
    pathParameters: v.object({ number }),
    request: v.object({ cents: v.pipe(number, v.minValue(1)) }),
    response: v.object({ paid: v.number() }),
    status: 200,
    idempotencyKey: true,
    problems: {
      tooLittle: {
        status: 409,
        type: 'https://api.example.com/problems/too-little',
        title: 'The amount is too small',
        members: v.object({ missingCents: v.number() }),
      },
      alreadyPaid: {
        status: 409,
        type: 'https://api.example.com/problems/already-paid',
        title: 'The order is paid already',
      },
    },
    example: { pathParameters: { number: 7 }, body: { cents: 250 } },
  }),

  // ## Who called

  getCaller: operation({
    method: 'GET',
    path: '/caller',
    summary: 'Says who called, as API Gateway vouches for it.',
    response: v.object({ caller: callerSchema, scope: v.string() }),
    status: 200,
  }),

  listInvoices: operation({
    method: 'GET',
    path: '/tenants/{tenant}/invoices',
    summary: 'Lists the invoices of a tenant, for its callers only.',
    pathParameters: v.object({ tenant: v.string() }),
    response: v.array(v.object({ id: v.string() })),
    status: 200,
    example: { pathParameters: { tenant: 'blue' } },
  }),

  getTenant: operation({
    method: 'GET',
    path: '/tenant',
    summary: "Reads the caller's own tenant. No path needs to name it.",
    response: v.object({ name: v.string() }),
    status: 200,
    problems: { noTenant: { status: 403, title: 'The caller belongs to no tenant' } },
  }),
};
