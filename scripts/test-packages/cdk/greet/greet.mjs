/** Greets, and returns the caller. */
export const handler = async ({ pathParameters, requestContext }) => ({
  statusCode: 200,
  body: JSON.stringify({
    greeting: `${process.env.GREETING}, ${pathParameters.name}`,
    // The event of a REST API has the caller in the one place, that of an HTTP API in the other.
    caller: requestContext.identity?.userArn ?? requestContext.authorizer.iam.userArn,
  }),
});
