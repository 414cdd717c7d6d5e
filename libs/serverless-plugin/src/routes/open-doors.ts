import type { Resource, Template } from '../framework.ts';
import { propertiesOf } from '../properties.ts';
import { pathOf } from '../template/routes.ts';
import type { RouteEvent } from './route-events.ts';

/**
 * The resources of a compiled template that let callers in without IAM, and that no event declares with `open: true`. Events show only
 * what the framework makes of them: `resources:` and other plugins add methods as well.
 * @param events of the service's functions
 * @returns a sentence or two for each, with the change
 */
export function openDoors({ Resources }: Template, events: readonly RouteEvent[]): readonly string[] {
  // Each event opens one method only: that which the framework makes of it comes first in the template.
  const declared = new Set(
    events.filter(({ isOpen }) => isOpen).map(({ type, route }) => `${type} ${route}`),
  );
  return Object.entries(Resources).flatMap(([id, resource]) => {
    const door = doorOf(id, resource, Resources);
    return door === undefined || (door.event !== undefined && declared.delete(door.event))
      ? []
      : [door.problem];
  });
}

interface Door {
  readonly problem: string;
  /** The event that may declare it, by type and route. */
  readonly event?: string;
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
        problem: `The method ${route} (${id}) has the AuthorizationType ${JSON.stringify(AuthorizationType ?? 'NONE')}. Set it to AWS_IAM.`,
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
        problem: `The route ${RouteKey} (${id}) has the AuthorizationType ${JSON.stringify(AuthorizationType ?? 'NONE')}. Set it to AWS_IAM.`,
      };
    }
    case 'AWS::Lambda::Url':
      return Properties.AuthType === 'AWS_IAM'
        ? undefined
        : {
            problem: `The function URL ${id} has the AuthType ${JSON.stringify(Properties.AuthType)}. Set it to AWS_IAM; for a function of serverless.yml: url: { authorizer: aws_iam }.`,
          };
    case 'AWS::ApiGateway::RestApi':
    case 'AWS::ApiGatewayV2::Api': {
      const member = ['Body', 'BodyS3Location', 'Target'].find((name) => Properties[name] !== undefined);
      return member === undefined
        ? undefined
        : {
            problem: `The API ${id} has routes in its property ${member}, whose authorization cannot be seen here. Define each route as an event or as a resource.`,
          };
    }
    default:
      return undefined;
  }
}
