import type { PolicyDocument } from '@cross-account-api/iam';
import type { DeployedStageOf } from './definition/api-collection.ts';
import type { CustomGatewayResponse, MethodProperties } from './definition/properties.ts';
import type { AccessLogSettings, FullMethodSettings } from './definition/stage-settings.ts';

/** A host name of the APIs' owner, and where its paths lead. */
export interface CustomDomain {
  readonly region: string;
  /** By base path without leading slash, e.g. `v1` or `orders/v1`; `''` is for all other paths. */
  readonly mappings: ReadonlyMap<string, MappedStage>;
}

/** Where a base path of a custom domain leads. */
export interface MappedStage {
  /** Of a REST API or an HTTP API. */
  readonly apiId: string;
  /** If it is absent, callers name the stage after the base path. */
  readonly stageName?: string;
}

/** A stage of a REST API, its settings, and the deployment that it points to. */
export type DeployedStage = DeployedStageOf<'REST', DeployedApi> & StageSettings;

/** What an owner sets on a stage. */
export interface StageSettings {
  readonly deploymentId: string;
  readonly description?: string;
  readonly documentationVersion?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly tracingEnabled: boolean;
  readonly accessLogSettings?: AccessLogSettings;
  /** By `<path without leading slash>/<METHOD>`; `*` `/` `*` for all methods. */
  readonly methodSettings: ReadonlyMap<string, FullMethodSettings>;
}

/** An API as deployed: never changes. */
export interface DeployedApi {
  /** The resource policy, with `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly Resource<DeployedMethod>[];
  readonly gatewayResponses: ReadonlyMap<string, CustomGatewayResponse>;
}

/** A path of an API. */
export interface Resource<AnyMethod = Method> {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  /** e.g. `/messages/{id}` */
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: Map<string, AnyMethod>;
}

/** A method on a path. */
export interface Method extends Omit<MethodProperties, 'integration'> {
  readonly integration?: Integration;
  /** The integration as API Gateway's own API shows it. */
  readonly methodIntegration?: object;
}

/** A method that can be called. */
export interface DeployedMethod extends Pick<Method, 'authorizationType'> {
  readonly httpMethod: string;
  readonly integration: Integration;
  readonly validation?: RequestValidation;
}

/** What a request must have to reach the integration. */
export interface RequestValidation {
  readonly requiredParameters: readonly RequestParameter[];
  /** By content type: whether a JSON document conforms to the model; `undefined` for a model that accepts every body. */
  readonly bodies: ReadonlyMap<string, ((document: unknown) => boolean) | undefined>;
}

/** A parameter of a request. */
export interface RequestParameter {
  readonly location: 'header' | 'querystring' | 'path';
  readonly name: string;
}

/** Reads `method.request.<location>.<name>`, as templates name a parameter. */
export function requestParameter(expression: string): RequestParameter | undefined {
  const [, location, name] =
    /^method\.request\.(header|querystring|path)\.(.{1,200})$/.exec(expression) ?? [];
  if (location === undefined || name === undefined) return undefined;
  return { location: location as RequestParameter['location'], name };
}

/** What answers a method's requests. */
export type Integration = LambdaProxyIntegration | MockIntegration;

/** What an integration calls. */
export interface FunctionTarget {
  /** As configured; may contain `${stageVariables.name}`. */
  readonly functionArn: string;
  readonly timeoutInMillis: number;
  /** As whom the function is invoked: `caller`, or the ARN of a role. Absent: as API Gateway. */
  readonly credentials?: string;
}

/** Lambda proxy integration (`AWS_PROXY`). */
export interface LambdaProxyIntegration extends FunctionTarget {
  readonly type: 'AWS_PROXY';
}

/** An answer without a backend (`MOCK`). */
export interface MockIntegration {
  readonly type: 'MOCK';
  /** By content type; the template that yields `statusCode`. */
  readonly requestTemplates: Readonly<Record<string, string>>;
  readonly passthroughBehavior: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
  readonly responses: readonly MockResponse[];
}

/** One integration response of a {@link MockIntegration}. */
export interface MockResponse {
  /** Matches the integration's status code; absent in the default response. */
  readonly selectionPattern?: RegExp;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string;
  /** For preflight answers with several allowed origins: the one that matches is echoed. */
  readonly allowedOrigins?: readonly RegExp[];
}

/** Of templates by content type, the one for JSON or, without it, the first. */
export function preferredTemplate(
  templates: Readonly<Record<string, string>>,
): readonly [contentType: string, template?: string] {
  const entries = Object.entries(templates);
  return entries.find(([type]) => type === 'application/json') ?? entries[0] ?? ['application/json'];
}
