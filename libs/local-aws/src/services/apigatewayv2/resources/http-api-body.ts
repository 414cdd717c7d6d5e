import * as v from 'valibot';
import { defined } from '../../../core/defined.ts';
import { AwsError, errorMessage } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import {
  capitalized,
  type Document,
  type DocumentOperation,
  objectIn,
  openDocument,
  PREFIX,
  textOf,
} from '../../apigateway/definition/openapi-document.ts';
import { uncapitalized } from '../../apigateway/definition/properties.ts';
import {
  corsConfiguration,
  documentRouteProperties,
  integrationOf,
  integrationProperties,
  routeOf,
} from '../definition/routes.ts';
import { DEFAULT_ROUTE_KEY, type HttpIntegration, type HttpRoute } from '../store.ts';

/** A route of a document, with its integration. */
export interface ImportedRoute {
  readonly route: HttpRoute;
  readonly integration: HttpIntegration;
}

/** The description of an HTTP API in an OpenAPI document. */
export type HttpApiDescription = ReturnType<typeof readHttpOpenApi>;

const endpointConfiguration = v.strictObject({ disableExecuteApiEndpoint: v.optional(v.boolean()) });

/**
 * Reads a document of OpenAPI 3.0 with the extensions of HTTP APIs, as SAM makes it
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html).
 * @throws AwsError that lists everything that cannot be imported
 */
export function readHttpOpenApi(document: Document) {
  const opened = openDocument(document, ['cors', 'importexport-version']);
  const { problems, components, operations, schemesOf, resolved, parse, finish } = opened;
  if (!/^3\.0(\.\d+)?$/.test(String(document.openapi))) {
    problems.push('The document must have openapi: "3.0.1".');
  }
  const info = objectIn(document, 'info');
  const [server] = Array.isArray(document.servers) ? document.servers.filter(isObject) : [];
  const endpoint = parse('servers', endpointConfiguration, server?.[`${PREFIX}endpoint-configuration`] ?? {});
  const cors = document[`${PREFIX}cors`];
  const settings = defined({
    name: textOf(info.title),
    description: textOf(info.description),
    version: textOf(info.version),
    corsConfiguration: cors === undefined ? undefined : parse('CORS', corsConfiguration, capitalized(cors)),
    ...endpoint,
  });
  const routes = operations().flatMap((each) => routeAt(each) ?? []);
  finish(routes.some(({ route }) => route.authorizationType === 'NONE'));
  return { settings, routes };

  function routeAt({ path, httpMethod, operation }: DocumentOperation): ImportedRoute | undefined {
    const isDefault = operation.isDefaultRoute === true || path === DEFAULT_ROUTE_KEY;
    const RouteKey = isDefault ? DEFAULT_ROUTE_KEY : `${httpMethod} ${path}`;
    const found = resolved(operation[`${PREFIX}integration`]);
    const { type, uri, httpMethod: IntegrationMethod, credentials, ...others } = found;
    // The IDs of the API and of the integration are not known yet.
    const properties = {
      route: { AuthorizationType: authorizationOf(operation), OperationName: textOf(operation.operationId) },
      integration: {
        ...capitalized(others),
        IntegrationType: textOf(type)?.toUpperCase(),
        IntegrationUri: uri,
        IntegrationMethod,
        CredentialsArn: credentials,
      },
    };
    const route = parse(
      RouteKey,
      documentRouteProperties,
      defined({ ApiId: '', RouteKey, ...properties.route }),
    );
    const integration = parse(
      RouteKey,
      integrationProperties,
      defined({ ApiId: '', ...properties.integration }),
    );
    if (route === undefined || integration === undefined) return undefined;
    try {
      return {
        route: routeOf(uncapitalized(route)),
        integration: integrationOf(uncapitalized(integration)),
      };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      problems.push(`${RouteKey}: ${errorMessage(error)}`);
      return undefined;
    }
  }

  function authorizationOf(operation: Document): string {
    const schemes = schemesOf(operation);
    if (schemes.length === 0 || isOpen(operation)) return 'NONE';
    // Every other scheme is the type of an authorizer, which is refused.
    return schemes.find((scheme) => scheme !== 'awsSigv4')?.toUpperCase() ?? 'AWS_IAM';
  }

  /** SAM writes `NONE` for a route without an authorizer, and no such security scheme. */
  function isOpen({ security }: Document): boolean {
    const names = Array.isArray(security) ? security.filter(isObject).flatMap((one) => Object.keys(one)) : [];
    return names.join() === 'NONE' && !('NONE' in objectIn(components, 'securitySchemes'));
  }
}

/** The tags that a document gives to its API: those that have a value. */
export function tagsIn({ tags }: Document): Readonly<Record<string, string>> {
  const given = Array.isArray(tags) ? tags.filter(isObject) : [];
  return Object.fromEntries(
    given.flatMap((tag) => {
      const [name, value] = [textOf(tag.name), textOf(tag[`${PREFIX}tag-value`])];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
