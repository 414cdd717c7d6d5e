/**
 * What both functions use instead of the SDK's default credential chain: the credentials that Lambda puts into the
 * environment (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). See bundle.js.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
