/** API Gateway's proxy event (format 1.0): the members in use. `APIGatewayProxyEvent` of `@types/aws-lambda` fits. */
export interface ApiEvent {
  /** `1.0` from an HTTP API. REST APIs have no version. */
  readonly version?: string | undefined;
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>> | null;
  /** A header that has several values. API Gateway puts each header here, too, and its last value into `headers`. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly pathParameters: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    /** The client of a REST API can choose it. */
    readonly requestId: string;
    /** The ID that only API Gateway chooses. */
    readonly extendedRequestId?: string | undefined;
    /** The route that was matched: `/messages/{id}`. */
    readonly resourcePath: string;
    readonly identity: {
      /** `null` if the request was not signed. */
      readonly accountId: string | null;
      readonly userArn: string | null;
    };
  };
}

/** The response of a function, in the form that API Gateway expects. */
export interface ApiResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly body: string;
}

/** Lambda's context: the members in use. `Context` of `@types/aws-lambda` fits. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A Lambda handler for API Gateway's proxy integration. */
export type ApiHandler = (event: ApiEvent, context: LambdaContext) => Promise<ApiResult>;
