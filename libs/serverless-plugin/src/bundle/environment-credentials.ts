import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/** A file of an AWS SDK client itself, not of a package that is installed below it. */
const OF_A_CLIENT = /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/](?!(?:.*[\\/])?node_modules[\\/])/;

/** Replaces the module with the SDK's search. The search would take the profile rather than the environment's credentials. */
const DEFAULT_PROVIDER = `
  import { fromEnv } from '@aws-sdk/credential-provider-env';
  export const defaultProvider = (init = {}) => {
    const profile = init.profile ?? process.env.AWS_PROFILE;
    if (!profile) return fromEnv(init);
    return async () => {
      throw new Error('The profile ' + JSON.stringify(profile) + ' cannot be used: AWS SDK clients in this bundle have the credentials of the environment only. Remove the option profile and the variable AWS_PROFILE, or pass credentials: fromIni({ profile }) of @aws-sdk/credential-providers.');
    };
  };`;

/**
 * Gives AWS SDK clients the credentials of the environment as their default. Lambda puts them there
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
 *
 * The SDK's own default also searches for SSO, profiles, processes, web identity, containers and instance metadata: 130 KB and about
 * 10 ms of a cold start. Only the clients get another default. Code that imports the search, e.g. as `fromNodeProviderChain` of
 * `@aws-sdk/credential-providers`, gets it.
 *
 * With this plugin, a client with the option `profile` or the variable `AWS_PROFILE` has no credentials: its first request fails with
 * the remedy. Lambda functions cannot use SnapStart, which gives credentials in another way. AWS has no SnapStart for Node.
 */
export function environmentCredentials(): Plugin {
  const namespace = 'environment-credentials';
  return {
    name: namespace,
    setup: ({ onResolve, onLoad, resolve }) => {
      onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, async ({ path, ...from }) => {
        if (from.namespace === namespace || !OF_A_CLIENT.test(from.importer) || from.pluginData === namespace)
          return undefined;
        const { importer, resolveDir, kind } = from;
        // The package that is replaced depends on the one that replaces it.
        const found = await resolve(path, { importer, resolveDir, kind, pluginData: namespace });
        if (found.errors.length > 0) return { errors: found.errors };
        return { path, namespace, sideEffects: false, pluginData: dirname(found.path) };
      });
      onLoad({ filter: /^/, namespace }, ({ pluginData }) => ({
        contents: DEFAULT_PROVIDER,
        resolveDir: pluginData,
      }));
    },
  };
}
