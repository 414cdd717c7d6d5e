import type { Resource, Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import { pathOf } from '../template/routes.ts';
import type { RouteEvent } from './route-events.ts';

/** A resource that lets callers in without IAM. */
export interface Door {
  /** The authorizer of its callers; `unseen` if the template does not show it. */
  readonly authorizer: string;
  /** What it is and has. A whole sentence. */
  readonly problem: string;
  /** How only signed requests get in. A whole sentence. */
  readonly remedy: string;
  /** The event that may declare it, by type and route. */
  readonly event?: string;
}

/** Authorizers other than IAM, which declare by themselves who is admitted. */
const OTHERS = ['COGNITO_USER_POOLS', 'CUSTOM', 'JWT'];

/** Whether nobody authorizes its callers, as far as the template shows: the rule for the API that other accounts call. */
export const mayBePublic = ({ authorizer }: Door): boolean => !OTHERS.includes(authorizer);

/** Whether nobody authorizes its callers: the rule for the front door of a service that calls the API. */
export const isPublic = ({ authorizer }: Door): boolean => authorizer === 'NONE';

/**
 * The resources of a compiled template that let callers in without IAM, and that no event declares with `open: true`. Events show only
 * what the framework makes of them: `resources:` and other plugins add methods as well.
 * @param events of the service's functions
 * @param isOpenDoor whether a door is too open for the service: {@link mayBePublic} or {@link isPublic}
 * @returns some sentences for each, with the change
 */
export function openDoors(
  { Resources }: Template,
  events: readonly RouteEvent[],
  isOpenDoor: (door: Door) => boolean = mayBePublic,
): readonly string[] {
  // Each event opens one method only: that which the framework makes of it comes first in the template.
  const declared = new Set(
    events.filter(({ isOpen }) => isOpen).map(({ type, route }) => `${type} ${route}`),
  );
  return Object.entries(Resources).flatMap(([id, resource]) => {
    const door = doorOf(id, resource, Resources);
    if (door === undefined || (door.event !== undefined && declared.delete(door.event))) return [];
    return isOpenDoor(door) ? [sentences(door)] : [];
  });
}

function sentences({ problem, remedy, event }: Door): string {
  const orOpen = event === undefined ? '' : ' If anybody may call it, write open: true in its event.';
  return `${problem} ${remedy}${orOpen}`;
}

function doorOf(
  id: string,
  { Type, Properties }: Resource,
  resources: Template['Resources'],
): Door | undefined {
  switch (Type) {
    case 'AWS::ApiGateway::Method': {
      const { AuthorizationType, HttpMethod, ResourceId, Integration } = Properties;
      if (AuthorizationType === 'AWS_IAM') return undefined;
      // The answer to a browser's preflight, which is never signed. It reaches no function.
      if (HttpMethod === 'OPTIONS' && propertiesOf(Integration).Type === 'MOCK') return undefined;
      const route = `${HttpMethod} ${pathOf(resources, ResourceId) || '/'}`;
      return {
        event: `http ${route}`,
        authorizer: typeOf(AuthorizationType),
        problem: `The method ${route} (${id}) has the AuthorizationType "${typeOf(AuthorizationType)}".`,
        remedy: 'Set it to AWS_IAM.',
      };
    }
    case 'AWS::ApiGatewayV2::Route': {
      const { AuthorizationType, RouteKey, ApiId } = Properties;
      if (AuthorizationType === 'AWS_IAM') return undefined;
      const api = resources[String(propertiesOf(ApiId).Ref)];
      // The connection of a WebSocket is authorized once, when it is made.
      if (api?.Properties.ProtocolType === 'WEBSOCKET' && RouteKey !== '$connect') return undefined;
      return {
        event: `httpApi ${RouteKey}`,
        authorizer: typeOf(AuthorizationType),
        problem: `The route ${RouteKey} (${id}) has the AuthorizationType "${typeOf(AuthorizationType)}".`,
        remedy: 'Set it to AWS_IAM.',
      };
    }
    case 'AWS::Lambda::Url':
      return Properties.AuthType === 'AWS_IAM'
        ? undefined
        : {
            authorizer: typeOf(Properties.AuthType),
            problem: `The function URL ${id} has the AuthType "${typeOf(Properties.AuthType)}".`,
            remedy: 'Set it to AWS_IAM; for a function of serverless.yml: url: { authorizer: aws_iam }.',
          };
    case 'AWS::ApiGateway::RestApi':
    case 'AWS::ApiGatewayV2::Api': {
      const member = ['Body', 'BodyS3Location', 'Target'].find((name) => Properties[name] !== undefined);
      return member === undefined
        ? undefined
        : {
            authorizer: 'unseen',
            problem: `The API ${id} has routes in its property ${member}, whose authorization cannot be seen here.`,
            remedy: 'Define each route as an event or as a resource.',
          };
    }
    default:
      return undefined;
  }
}

/** Without a type, API Gateway and Lambda authorize nobody. A type that CloudFormation computes is unseen. */
function typeOf(type: unknown): string {
  return type === undefined ? 'NONE' : typeof type === 'string' ? type : 'unseen';
}
