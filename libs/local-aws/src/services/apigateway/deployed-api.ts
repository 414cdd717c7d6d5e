import type { PolicyDocument } from '../../core/principal.ts';

/**
 * What the control plane hands to the data plane (`execute-api`): APIs as they were when they were deployed. AWS
 * splits the service in the same way; a change becomes visible to callers only by a new deployment, stage settings
 * at once.
 */
export interface DeployedApis {
  /** The stage under `https://<apiId>.execute-api.<region>.amazonaws.com/<stageName>`. */
  findStage(apiId: string, region: string, stageName: string): DeployedStage | undefined;
}

/** A stage: settings that apply at once, and the deployment that it points to. */
export interface DeployedStage {
  readonly apiId: string;
  readonly apiName: string;
  /** The account that owns the API. */
  readonly accountId: string;
  readonly region: string;
  readonly stageName: string;
  readonly deploymentId: string;
  readonly api: DeployedApi;
  readonly variables: Readonly<Record<string, string>>;
  readonly tracingEnabled: boolean;
  readonly accessLog?: AccessLogSettings;
  /** Whether `https://<apiId>.execute-api.…` itself answers (`DisableExecuteApiEndpoint`); applies at once. */
  readonly defaultEndpointDisabled: boolean;
  /** The settings for a method, by the resource's path (`/messages/{id}`) and the deployed method (`POST`, `ANY`). */
  settingsFor(resourcePath: string, httpMethod: string): MethodSettings;
}

/** Where a stage's access log goes, and in what form. */
export interface AccessLogSettings {
  /** ARN of a log group. */
  readonly destinationArn: string;
  /** One line with `$context.…` variables. */
  readonly format: string;
}

/** The part of a stage's method settings that changes what callers see. */
export interface MethodSettings {
  /** Requests per second. */
  readonly throttlingRateLimit: number;
  /** Requests at once. */
  readonly throttlingBurstLimit: number;
}

/** An API as deployed: never changes. */
export interface DeployedApi {
  /** The resource policy, with `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly resources: readonly DeployedResource[];
  /** By response type, e.g. `DEFAULT_4XX`. */
  readonly gatewayResponses: ReadonlyMap<string, CustomGatewayResponse>;
}

/** A path of an API. */
export interface DeployedResource {
  readonly id: string;
  /** e.g. `/messages/{id}` */
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: ReadonlyMap<string, DeployedMethod>;
}

/** A method of a resource. */
export interface DeployedMethod {
  readonly httpMethod: string;
  readonly authorizationType: 'NONE' | 'AWS_IAM';
  readonly validation?: RequestValidation;
  readonly integration: Integration;
}

/** What a request must have to reach the integration. */
export interface RequestValidation {
  readonly requiredParameters: readonly RequiredParameter[];
  /** By content type: whether a JSON document conforms to the model; `undefined` for a model that accepts every body. */
  readonly bodies: ReadonlyMap<string, ((document: unknown) => boolean) | undefined>;
}

/** A parameter that must be present. */
export interface RequiredParameter {
  readonly location: 'header' | 'querystring' | 'path';
  readonly name: string;
}

/** Where a method leads. */
export type Integration = LambdaProxyIntegration | MockIntegration;

/** Lambda proxy integration (`AWS_PROXY`). */
export interface LambdaProxyIntegration {
  readonly type: 'AWS_PROXY';
  /** As configured; may contain `${stageVariables.name}`. */
  readonly functionArn: string;
  readonly timeoutInMillis: number;
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

/** A gateway response that the API's owner customized. */
export interface CustomGatewayResponse {
  readonly responseType: string;
  readonly statusCode?: number;
  /** By `gatewayresponse.header.<Name>`: a quoted static value, `method.request.…`, `context.…` or `stageVariables.…`. */
  readonly responseParameters: Readonly<Record<string, string>>;
  /** By content type; `$context.…` and `$stageVariables.…` are substituted. */
  readonly responseTemplates: Readonly<Record<string, string>>;
}
