/** Greets, and says who called. */
export const handler = async ({ pathParameters, requestContext }) => ({
  statusCode: 200,
  body: JSON.stringify({
    greeting: `${process.env.GREETING}, ${pathParameters.name}`,
    // A REST API says it in the one place, an HTTP API in the other.
    caller: requestContext.identity?.userArn ?? requestContext.authorizer.iam.userArn,
  }),
});
