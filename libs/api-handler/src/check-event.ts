import type { ApiEvent } from './event.ts';

/** A handler was invoked with an event that is none of API Gateway's in format 1.0. No client of the API can cause it. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
}

type Members = Readonly<Record<string, unknown>>;

/** The members of an object of any realm; none of any other value. */
const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/**
 * Checks that an event is one of API Gateway's, in the format of REST APIs, and 1.0 of HTTP APIs.
 * @throws {@link UnknownEvent} that says what the event is, and shows no value of it
 */
export function checkEvent(event: unknown): asserts event is ApiEvent {
  const { httpMethod, requestContext } = membersOf(event);
  const { requestId, identity } = membersOf(requestContext);
  const isKnown = typeof httpMethod === 'string' && typeof requestId === 'string';
  if (isKnown && typeof identity === 'object' && identity !== null) return;
  throw new UnknownEvent(
    `This handler answers requests to an API Gateway (an event of format 1.0), and its event is ${describe(event)}`,
  );
}

const HINT =
  'To try a handler by hand, call its route, or use the template "apigateway-aws-proxy" of the Lambda console.';

function describe(event: unknown): string {
  const members = membersOf(event);
  const { version, Records: records, source, methodArn, routeArn } = members;
  const context = membersOf(members.requestContext);
  if ('elb' in context)
    return 'that of a load balancer, which verifies no IAM signature. Call the function through the API.';
  if ('connectionId' in context) return 'that of a WebSocket API. Give it a handler of its own.';
  if (methodArn !== undefined || routeArn !== undefined)
    return 'that of an authorizer. Give the authorizer a function of its own.';
  if (version === '2.0' && 'http' in context) {
    const isUrl = /\.lambda-url\./.test(String(context.domainName));
    return isUrl
      ? 'of format 2.0, from a function URL. Call the function through the API, or write a handler for this format.'
      : 'of format 2.0, from an HTTP API. Set payloadFormatVersion to 1.0 at its integration (httpApi.payload of the Serverless Framework).';
  }
  const [first] = Array.isArray(records) ? records : [];
  const { eventSource, EventSource = eventSource } = membersOf(first);
  if (typeof EventSource === 'string')
    return `a list of records from ${EventSource}. Give it a handler of its own.`;
  if (typeof source === 'string' && 'detail-type' in members)
    return `one of EventBridge, from ${source}. Give it a handler of its own.`;
  const names = Object.keys(members);
  if ('key1' in members) return `the example of the Lambda console's test button. ${HINT}`;
  if (typeof event !== 'object' || event === null)
    return `${event === null ? 'null' : `a ${typeof event}`}. ${HINT}`;
  if (names.length === 0) return `empty. ${HINT}`;
  const more = names.length > 5 ? ` and ${names.length - 5} more` : '';
  return `none that is known: it has the members ${names.slice(0, 5).join(', ').slice(0, 200)}${more}. ${HINT}`;
}
