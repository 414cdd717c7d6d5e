/**
 * Instead of the SDK's default credential chain: the credentials that Lambda puts into the environment
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). The SDK's search for others (SSO, profiles,
 * instance metadata) would be a third of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
