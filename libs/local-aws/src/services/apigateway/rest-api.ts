import type { PolicyDocument } from '../../core/principal.ts';
import type { IntegrationDocument } from './definition/integration.ts';
import type { FullMethodSettings } from './definition/method-settings.ts';
import type { AccessLogSettings, CustomGatewayResponse, DeployedApi, Integration } from './deployed-api.ts';

/** A REST API as its owner edits it. */
export interface RestApi {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly createdDate: Date;
  readonly rootResourceId: string;
  settings: RestApiSettings;
  tags: Record<string, string>;
  readonly resources: Map<string, Resource>;
  /** By name. */
  readonly models: Map<string, Model>;
  readonly requestValidators: Map<string, RequestValidator>;
  /** By response type. */
  readonly gatewayResponses: Map<string, CustomGatewayResponse>;
  readonly deployments: Map<string, Deployment>;
  /** By name. */
  readonly stages: Map<string, Stage>;
}

/** What an owner sets on the API itself. */
export interface RestApiSettings {
  readonly name: string;
  readonly description?: string;
  /** With `execute-api:/…` expanded. */
  readonly policy?: PolicyDocument;
  readonly binaryMediaTypes: readonly string[];
  readonly endpointTypes: readonly string[];
  readonly ipAddressType: string;
  readonly apiKeySource: string;
  readonly disableExecuteApiEndpoint: boolean;
  readonly minimumCompressionSize?: number;
}

/** A path. */
export interface Resource {
  readonly id: string;
  readonly parentId?: string;
  readonly pathPart?: string;
  readonly path: string;
  /** By HTTP method, or `ANY`. */
  readonly methods: Map<string, Method>;
}

/** A method on a path. */
export interface Method {
  readonly httpMethod: string;
  readonly authorizationType: 'NONE' | 'AWS_IAM';
  readonly operationName?: string;
  readonly requestValidatorId?: string;
  /** By `method.request.<location>.<name>`: whether it is required. */
  readonly requestParameters: Readonly<Record<string, boolean>>;
  /** Model names by content type. */
  readonly requestModels: Readonly<Record<string, string>>;
  readonly methodResponses: readonly MethodResponse[];
  readonly integration?: {
    readonly compiled: Integration;
    /** As `GetIntegration` shows it. */
    readonly document: IntegrationDocument;
  };
}

/** A declared response of a method. */
export interface MethodResponse {
  readonly statusCode: string;
  readonly responseParameters: Readonly<Record<string, boolean>>;
  readonly responseModels: Readonly<Record<string, string>>;
}

/** A JSON schema for bodies. */
export interface Model {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly contentType: string;
  /** A JSON schema; for a content type that is not JSON, it may be any text. */
  readonly schema: Readonly<Record<string, unknown>> | string;
}

/** What is checked of a request. */
export interface RequestValidator {
  readonly id: string;
  readonly name: string;
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

/** An immutable copy of the API. */
export interface Deployment {
  readonly id: string;
  readonly description?: string;
  readonly createdDate: Date;
  readonly api: DeployedApi;
}

/** A named reference to a deployment, with settings. */
export interface Stage {
  readonly stageName: string;
  readonly createdDate: Date;
  lastUpdatedDate: Date;
  deploymentId: string;
  description?: string;
  documentationVersion?: string;
  variables: Record<string, string>;
  tracingEnabled: boolean;
  accessLogSettings?: AccessLogSettings;
  /** By `<path without leading slash>/<METHOD>`; `*` `/` `*` for all methods. */
  readonly methodSettings: Map<string, FullMethodSettings>;
  tags: Record<string, string>;
}
