import fc from 'fast-check';
import * as v from 'valibot';
import { apiEvent, lambdaContext } from './event.testing.ts';
import { apiHandler, type HandledOperation, HttpError, InvalidRequest } from './index.ts';
import { collectLogs } from './logged.testing.ts';

const logged = collectLogs();

const operation = {
  method: 'PUT',
  path: '/people/{id}',
  pathParameters: v.object({ id: v.pipe(v.string(), v.uuid()) }),
  query: v.strictObject({ state: v.optional(v.picklist(['open', 'done'])) }),
  headers: v.object({ 'X-Limit': v.optional(v.number()) }),
  request: v.object({
    name: v.pipe(v.string(), v.maxLength(3)),
    email: v.pipe(v.string(), v.email()),
    born: v.pipe(v.string(), v.isoDate('must be a date such as 2026-11-24')),
    phones: v.array(v.number()),
  }),
  response: v.object({}),
  status: 200,
} as const satisfies HandledOperation;
const handler = apiHandler(operation, () => ({ body: {} }));

/** What stands for personal data: shorter than the 10 characters of a body that JSON.parse shows on each side of a mistake. */
const PRIVATE = 'Zq7x';
const isShown = (text: string) => JSON.stringify(logged).includes(text);

const validBody = { name: 'Ann', email: `${PRIVATE}@example.com`, born: '1990-01-01', phones: [1] };
const id = '5f0d6a55-9a51-4f6e-8d6a-1c7a6f3f2b10';

test('no line of the log has what a client sent, however it is malformed or refused', async () => {
  const text = JSON.stringify(validBody);
  const bodies = fc.oneof(
    fc.nat(text.length).map((length) => text.slice(0, length)),
    fc
      .tuple(fc.nat(text.length), fc.constantFrom('"', '{', ']', '\n', 'x', PRIVATE))
      .map(([at, inserted]) => {
        return text.slice(0, at) + inserted + text.slice(at);
      }),
    fc.constantFrom(PRIVATE, `"${PRIVATE}`, `${PRIVATE}${'a'.repeat(60)}`, `{"${PRIVATE}":1,"__proto__":1}`),
    fc.constantFrom('name', 'email', 'born', 'phones').map((name) => {
      return JSON.stringify({ ...validBody, [name]: `${PRIVATE} ${PRIVATE}` });
    }),
    fc.constant(JSON.stringify({ ...validBody, phones: [PRIVATE, [PRIVATE], { [PRIVATE]: 1 }] })),
  );
  const requests = fc.record({
    body: bodies,
    isBase64Encoded: fc.boolean(),
    type: fc.constantFrom('application/json', `text/plain; ${PRIVATE}`),
    id: fc.constantFrom(id, PRIVATE, `%${PRIVATE}`),
    state: fc.constantFrom(undefined, PRIVATE),
    limit: fc.constantFrom(undefined, PRIVATE),
  });
  const statuses = new Set<number>();
  await fc.assert(
    fc.asyncProperty(requests, async ({ body, isBase64Encoded, type, id: given, state, limit }) => {
      const sent = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
      const response = await handler(
        apiEvent({
          httpMethod: 'PUT',
          body: sent,
          isBase64Encoded,
          headers: { 'Content-Type': type, 'X-Limit': limit },
          pathParameters: { id: given },
          multiValueQueryStringParameters: state === undefined ? null : { state: [state] },
        }),
        lambdaContext(),
      );
      statuses.add(response.statusCode);
      expect(logged).not.toEqual([]);
      expect(isShown(PRIVATE)).toBe(false);
      if (sent.length > 10) expect(isShown(sent.slice(0, 10))).toBe(false);
      (logged as unknown[]).length = 0;
    }),
  );
  expect([...statuses]).toEqual(expect.arrayContaining([400, 415, 422]));
});

test('the line of a malformed body has what is wrong, and the number of its characters', async () => {
  const body = `{"name": ${PRIVATE}}`;
  const { statusCode } = await handler(apiEvent({ body, pathParameters: { id } }), lambdaContext());
  expect(statusCode).toBe(422);
  expect(logged).toMatchObject([
    {
      level: 'WARN',
      message: 'refused',
      error: {
        message: 'Invalid or malformed JSON was provided',
        cause: {
          package: '@middy/http-json-body-parser',
          message: "Unexpected token 'Z'",
          length: body.length,
        },
      },
    },
  ]);
});

test('the line of an invalid request has each place and its rule; the client sees its value, too', async () => {
  const body = JSON.stringify({ ...validBody, name: PRIVATE, email: PRIVATE, born: PRIVATE });
  const response = await handler(
    apiEvent({ body, pathParameters: { id }, multiValueQueryStringParameters: { state: [PRIVATE] } }),
    lambdaContext(),
  );
  expect(JSON.parse(response.body).errors).toContainEqual({
    in: 'body',
    path: 'email',
    message: `Invalid email: Received "${PRIVATE}"`,
  });
  const rules = [
    ['query', 'state', 'Invalid type: Expected ("open" | "done") but received …'],
    ['body', 'name', 'Invalid length: Expected <=3 but received …'],
    ['body', 'email', 'Invalid email: Received …'],
    ['body', 'born', 'must be a date such as 2026-11-24'],
  ].map(([part, path, message]) => ({ in: part, path, message }));
  expect(logged).toMatchObject([
    {
      level: 'WARN',
      error: {
        name: 'InvalidRequest',
        message: expect.stringContaining('body, email: Invalid email'),
        errors: rules,
      },
    },
  ]);
});

test('the line of an error that the handler throws has all of it: its words are the handler’s', async () => {
  for (const error of [
    new HttpError(404, 'There is no person 7.', {}, { type: 'urn:missing', number: 7 }),
    new InvalidRequest([{ in: 'body', path: 'name', message: 'Ann is taken' }]),
  ]) {
    const throwing = apiHandler({ method: 'GET', path: '/people', status: 204 }, () => {
      throw error;
    });
    await throwing(apiEvent({ httpMethod: 'GET' }), lambdaContext());
  }
  expect(logged).toMatchObject([
    { error: { message: 'There is no person 7.', problem: { number: 7 } } },
    { error: { message: 'The request is invalid: body, name: Ann is taken' } },
  ]);
});
