/** Greets, and says who called. */
export const handler = async ({ pathParameters, requestContext }) => ({
  statusCode: 200,
  body: JSON.stringify({
    greeting: `${process.env.GREETING}, ${pathParameters.name}`,
    caller: requestContext.identity.userArn,
  }),
});
