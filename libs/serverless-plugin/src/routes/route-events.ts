import { propertiesOf } from '../properties.ts';

/** A route that an event in serverless.yml gives to a function. */
export interface RouteEvent {
  /** The function's name in serverless.yml. */
  readonly functionName: string;
  /** `http`: a REST API. `httpApi`: an HTTP API. */
  readonly type: 'http' | 'httpApi';
  /** @example 'GET /orders/{id}', or '$default' for all requests of an HTTP API */
  readonly route: string;
  readonly authorization: 'IAM' | 'another authorizer' | 'none';
  /** Whether a user pool of Cognito authorizes it, as far as the event shows: an ARN can be a function of CloudFormation. */
  readonly isOfCognito: boolean;
  /** Whether the event says `open: true`: anybody may call the route. */
  readonly isOpen: boolean;
  /** Whether the event is a text, such as `GET /orders/{id}`, that has no room for an authorizer. */
  readonly isShort: boolean;
}

const TYPES = ['http', 'httpApi'] as const;

/**
 * The routes of a service's functions, in each form that the framework takes.
 * @param functions the part `functions` of serverless.yml
 * @see https://github.com/oss-serverless/osls/blob/4.x/docs/events/apigateway.md
 */
export function routeEventsOf(functions: unknown): readonly RouteEvent[] {
  return Object.entries(propertiesOf(functions)).flatMap(([functionName, definition]) =>
    Object.values(propertiesOf(propertiesOf(definition).events)).flatMap((event) =>
      TYPES.flatMap((type) => {
        const value = propertiesOf(event)[type];
        return value === undefined || value === null ? [] : [readEvent(functionName, type, value)];
      }),
    ),
  );
}

function readEvent(functionName: string, type: RouteEvent['type'], value: unknown): RouteEvent {
  const isShort = typeof value === 'string';
  const [shortMethod, shortPath] = isShort ? value.trim().split(/\s+/) : [];
  const { method = shortMethod, path = shortPath, authorizer, open } = propertiesOf(isShort ? {} : value);
  return {
    functionName,
    type,
    route: nameOf(String(method), path),
    authorization: authorizationOf(authorizer),
    isOfCognito: isOfCognito(authorizer),
    isOpen: open === true,
    isShort,
  };
}

function nameOf(method: string, path: unknown): string {
  if (path === '*' || (path === undefined && method === '*')) return '$default';
  const upper = method.toUpperCase();
  // The framework removes a slash at the end, too.
  return `${upper === '*' ? 'ANY' : upper} /${String(path).replace(/^\/|\/$/g, '')}`;
}

function authorizationOf(authorizer: unknown): RouteEvent['authorization'] {
  if (authorizer === undefined || authorizer === null) return 'none';
  const type = typeof authorizer === 'string' ? authorizer : propertiesOf(authorizer).type;
  return String(type).toUpperCase() === 'AWS_IAM' ? 'IAM' : 'another authorizer';
}

function isOfCognito(authorizer: unknown): boolean {
  const { type, arn = authorizer } = propertiesOf(authorizer);
  return type === 'COGNITO_USER_POOLS' || (typeof arn === 'string' && arn.includes(':cognito-idp:'));
}

/** The routes that an authorizer other than IAM admits callers to. The authorizer declares that: no role can call them. */
export function otherRoutesOf(events: readonly RouteEvent[]): readonly string[] {
  return events.flatMap(({ authorization, route }) =>
    authorization === 'another authorizer' ? [route] : [],
  );
}

/**
 * The events that let anybody in and do not say so, or that say both.
 * @returns a sentence or two for each, with the line to add
 */
export function eventMistakes(events: readonly RouteEvent[]): readonly string[] {
  return events.flatMap((event) => {
    const { functionName, route, authorization, isOpen } = event;
    const where = `${route} of the function "${functionName}"`;
    if (authorization === 'none') {
      return isOpen ? [] : [`${where} has no authorizer, so anybody could call it. ${remedyOf(event)}`];
    }
    const authorizer = authorization === 'IAM' ? `"${iamLine(event)}"` : 'another authorizer';
    return isOpen
      ? [`${where} has both ${authorizer} and "open: true". Remove "open: true", or the authorizer.`]
      : [];
  });
}

/**
 * The routes of a REST API that name the same part of the path differently. API Gateway would refuse the second: "A sibling ({id}) of this
 * resource already has a variable path part".
 * @returns a sentence or two for each part with two names
 */
export function variableMistakes(events: readonly RouteEvent[]): readonly string[] {
  /** The first name of a variable, with its route, by the path in front of it. */
  const first = new Map<string, { readonly name: string; readonly route: string }>();
  const mistakes = new Map<string, string>();
  for (const { type, route } of events) {
    if (type !== 'http') continue;
    const [, path = ''] = route.split(' ');
    let before = '';
    for (const part of path.split('/').filter(Boolean)) {
      if (/^\{.*\}$/.test(part)) {
        const known = first.get(before);
        if (known === undefined) first.set(before, { name: part, route });
        else if (known.name !== part) {
          mistakes.set(
            `${before} ${part}`,
            `${known.route} and ${route} name the same part of the path differently, ${known.name} and ${part}. API Gateway takes one name: use the same in all routes.`,
          );
        }
      }
      // Below a variable, API Gateway has one resource, whatever its name.
      before += `/${part.replace(/^\{.*\}$/, '{}')}`;
    }
  }
  return [...mistakes.values()];
}

function remedyOf(event: RouteEvent): string {
  if (event.isShort) return `Write its event as ${longForm(event)}.`;
  return `Add "${iamLine(event)}" to its event. If callers without IAM are meant to call it, add "open: true" instead.`;
}

function iamLine({ type }: RouteEvent): string {
  return type === 'http' ? 'authorizer: aws_iam' : 'authorizer: { type: aws_iam }';
}

function longForm(event: RouteEvent): string {
  const { type, route } = event;
  const [method = '', path] = route === '$default' ? ['*', '*'] : route.split(' ');
  const quoted = JSON.stringify(path);
  return `"${type}: { method: '${method}', path: ${quoted.replaceAll('"', "'")}, ${iamLine(event)} }"`;
}
