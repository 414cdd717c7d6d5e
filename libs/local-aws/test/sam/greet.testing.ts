import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Returns the received document and the ARN of the caller. */
export const handler = async ({ body, requestContext }: APIGatewayProxyEvent) => ({
  statusCode: 200,
  body: JSON.stringify({ received: JSON.parse(body ?? ''), caller: requestContext.identity.userArn }),
});
