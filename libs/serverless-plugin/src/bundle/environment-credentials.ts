import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

/** A file of an AWS SDK client itself, not of a package that is installed below it. */
const OF_A_CLIENT = /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/](?!(?:.*[\\/])?node_modules[\\/])/;

/**
 * Gives AWS SDK clients the credentials of the environment as their default. Lambda puts them there
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
 *
 * The SDK's own default also searches for SSO, profiles, processes, web identity, containers and instance metadata: 130 KB and about
 * 10 ms of a cold start. Only the clients get another default. Code that imports the search, e.g. as `fromNodeProviderChain` of
 * `@aws-sdk/credential-providers`, gets it.
 *
 * With this plugin a client ignores its option `profile`, and Lambda functions cannot use SnapStart, which gives credentials in
 * another way. AWS has no SnapStart for Node.
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
        contents: `export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';`,
        resolveDir: pluginData,
      }));
    },
  };
}
