import { createGateway } from '../services/execute-api/gateway.testing.ts';
import { createCallLog } from '../trace/call-log.ts';
import { recordOf } from '../trace/record.ts';

const plain = { allowed: String, denied: String, strong: String, faint: String };
const TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE/+=';

/** What the trace, its file and the terminal have of a function's answer. */
async function shown(detail: unknown, contentType = 'application/problem+json', statusCode = 422) {
  const body = JSON.stringify({ status: statusCode, title: 'Refused', detail });
  const answer = { statusCode, headers: { 'content-type': contentType }, body };
  const gateway = await createGateway({ answer });
  await gateway.send({});
  const event = gateway.trace.events().at(-1);
  if (event === undefined) throw new Error('There is no event.');
  const printed: string[] = [];
  const log = createCallLog({ palette: plain, width: () => 2_000, print: (line) => printed.push(line) });
  log.record(event);
  log.close();
  return { event, everything: JSON.stringify([event, recordOf(event), printed]) };
}

test('the detail of a problem document with which a function answers is in the trace', async () => {
  const { event } = await shown('The order 7 is unknown.');
  expect(event).toMatchObject({ status: 422, errorMessage: 'The order 7 is unknown.' });
});

test.each([
  ['no problem document', 'The order 7 is unknown.', 'application/json', 422],
  ['no error', 'The order 7 is unknown.', 'application/problem+json', 200],
  ['a detail that is no text', { order: 7 }, 'application/problem+json', 422],
])('an answer that is %s has no detail', async (_what, detail, contentType, status) => {
  expect((await shown(detail, contentType, status)).event).not.toHaveProperty('errorMessage');
});

test('a long detail is cut', async () => {
  const { event } = await shown('x'.repeat(10_000));
  expect(event.errorMessage).toHaveLength(2_000);
});

test.each([
  ['the query of a signed URL', `GET https://a.example/?X-Amz-Security-Token=${TOKEN}&X-Amz-Date=failed`],
  ['a header at the begin of a line', `Request:\nx-amz-security-token:${TOKEN}\nfailed`],
  ['a header in a sentence', `The request had X-Amz-Security-Token: ${TOKEN}, and failed`],
  ['headers as JSON', `Sent ${JSON.stringify({ 'X-Amz-Security-Token': TOKEN, host: 'a' })}, failed`],
])('a session token in a problem document reaches neither trace nor terminal: %s', async (_where, detail) => {
  const { event, everything } = await shown(detail);
  expect(event.errorMessage).toContain('failed');
  expect(everything).not.toContain(TOKEN.slice(0, 20));
});
