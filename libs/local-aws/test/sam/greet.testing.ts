import type { APIGatewayProxyEvent } from 'aws-lambda';

/** Says what was received, and from whom. */
export const handler = async ({ body, requestContext }: APIGatewayProxyEvent) => ({
  statusCode: 200,
  body: JSON.stringify({ received: JSON.parse(body ?? ''), caller: requestContext.identity.userArn }),
});
