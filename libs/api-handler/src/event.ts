/** API Gateway's proxy event (format 1.0), as far as it is used. `APIGatewayProxyEvent` of `@types/aws-lambda` fits. */
export interface ApiEvent {
  readonly httpMethod: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>> | null;
  readonly pathParameters: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body: string | null;
  readonly isBase64Encoded: boolean;
  readonly requestContext: {
    readonly requestId: string;
    /** The route that was matched: `/messages/{id}`. */
    readonly resourcePath: string;
    readonly identity: {
      /** `null` if the request was not signed. */
      readonly accountId: string | null;
      readonly userArn: string | null;
    };
  };
}

/** What API Gateway makes a response of. */
export interface ApiResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly body: string;
}

/** Lambda's context, as far as it is used. `Context` of `@types/aws-lambda` fits. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** A Lambda handler for API Gateway's proxy integration. */
export type ApiHandler = (event: ApiEvent, context: LambdaContext) => Promise<ApiResult>;
