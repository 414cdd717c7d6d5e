import { isMap, isSeq, parseDocument } from 'yaml';

/** The path of the route that is added and removed. */
export const ROUTE = '/throwaway-route';

/**
 * Adds the route to a service: as an event of its first function, with IAM, and outside its contract.
 * @param text of its serverless.yml
 * @returns `undefined` if the file has no function there to which it can be added
 */
export function addRoute(text: string): string | undefined {
  const document = parseDocument(text, { logLevel: 'silent' });
  const functions: unknown = document.get('functions');
  if (!isMap(functions)) return undefined;
  const first: unknown = functions.items[0]?.value;
  if (!isMap(first)) return undefined;
  const event = document.createNode({ http: { method: 'GET', path: ROUTE, authorizer: 'aws_iam' } });
  const events: unknown = first.get('events');
  if (isSeq(events)) events.add(event);
  else if (events === undefined) first.set('events', [event]);
  else return undefined;
  if (document.getIn(['custom', 'routes']) !== undefined) {
    const outside: unknown = document.getIn(['custom', 'routesOutsideContract']);
    const route = `GET ${ROUTE}`;
    if (isSeq(outside)) outside.add(route);
    else if (outside === undefined) document.setIn(['custom', 'routesOutsideContract'], [route]);
    else return undefined;
  }
  return document.toString({ lineWidth: 0 });
}
