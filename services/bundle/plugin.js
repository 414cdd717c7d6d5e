import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';

/** @param {string} name of a file in this folder */
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * How functions are bundled.
 * @satisfies {import('esbuild').BuildOptions}
 */
const options = {
  bundle: true,
  // `npm run stack-trace` leads from a position in a bundle back to the source.
  minify: true,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // Takes the packages of this repository from their sources, and keeps esbuild's default for all others.
  conditions: ['@cross-account-api/source', 'module'],
  // What a function never uses, or loads more cheaply. Each file says why.
  alias: {
    '@aws-sdk/credential-provider-node': here('lambda-credentials.js'),
    '@smithy/core/event-streams': here('no-event-streams.js'),
    'node:http': here('node-http.js'),
  },
  plugins: [
    {
      name: 'aws4fetch-headers',
      setup: ({ onLoad }) =>
        onLoad({ filter: /[\\/]aws4fetch[\\/]dist[\\/].*\.mjs$/ }, async ({ path }) => ({
          // On the first line, so that the positions of a stack trace stay.
          contents: `import { Headers } from ${JSON.stringify(here('aws4fetch-headers.js'))}; ${await readFile(path, 'utf8')}`,
        })),
    },
  ],
};

/**
 * Bundles modules of a service.
 * @param {string} serviceDir the service's folder
 * @param {readonly string[]} sources without extension, relative to the folder, e.g. `src/caller`
 * @param {import('esbuild').BuildOptions} [further] options
 * @returns {Promise<import('esbuild').BuildResult<{ write: false }>>} the bundles, e.g. `src/caller.mjs`, in memory
 */
export async function bundleModules(serviceDir, sources, further = {}) {
  // Only here, as most commands do without.
  const { build } = await import('esbuild');
  return build({
    ...options,
    absWorkingDir: serviceDir,
    entryPoints: [...new Set(sources)].map((source) => join(serviceDir, source)),
    outbase: serviceDir,
    outdir: serviceDir,
    logLevel: 'silent',
    ...further,
    write: false,
  });
}

/**
 * A plugin that bundles each function, the AWS SDK included, into a zip file: what was tested is what runs, whatever version of
 * the SDK Lambda has.
 *
 * The plugin serverless-esbuild does the same. But it loads two thousand modules in every command, also in those that bundle
 * nothing. That takes longer than the framework itself.
 */
export default class BundlePlugin {
  /**
   * @param {Serverless} serverless
   * @param {{ function?: string }} commandLine
   * @param {{ log: { warning(message: string): void } }} utilities
   */
  constructor({ serviceDir, service, classes }, commandLine, { log }) {
    /** @param {readonly string[]} names of functions */
    const bundle = async (names) => {
      const functions = names.map((name) => service.getFunction(name));
      const sources = functions.map(({ handler }) => handler.replace(/\.\w+$/, ''));
      const { outputFiles, warnings } = await bundleModules(serviceDir, sources).catch((error) => {
        throw new classes.Error(error.message, 'BUNDLE');
      });
      const { formatMessages } = await import('esbuild');
      for (const text of await formatMessages(warnings, { kind: 'warning' })) log.warning(text);
      await mkdir(join(serviceDir, '.serverless'), { recursive: true });
      await Promise.all(
        functions.map(async (definition, index) => {
          const file = outputFiles.find(({ path }) => path === join(serviceDir, `${sources[index]}.mjs`));
          if (file === undefined) throw new Error(`esbuild has no output for ${definition.handler}.`);
          const artifact = join('.serverless', `${names[index]}.zip`);
          await writeFile(
            join(serviceDir, artifact),
            await zipFile(relative(serviceDir, file.path), file.contents),
          );
          definition.package = { artifact };
        }),
      );
    };

    this.hooks = {
      'before:package:createDeploymentArtifacts': () => bundle(service.getAllFunctions()),
      'before:deploy:function:packageFunction': () => bundle([String(commandLine.function)]),
    };
  }
}

/**
 * Zips one file. The same content makes the same zip file, by which the framework sees that there is nothing to deploy.
 * @param {string} name of the file in the zip file
 * @param {Uint8Array} content
 * @returns the zip file
 */
export async function zipFile(name, content) {
  const archive = new ZipFile();
  // `forceDosTimestamp`: the date in the file's own time zone, so that it is the same everywhere.
  archive.addBuffer(Buffer.from(content), name, {
    mtime: new Date(1980, 0, 1),
    forceDosTimestamp: true,
    mode: 0o100644,
    compressionLevel: 9,
  });
  archive.end();
  return buffer(archive.outputStream);
}

/**
 * @typedef {{ handler: string, package?: { artifact: string } }} FunctionDefinition
 *
 * @typedef {{
 *   serviceDir: string,
 *   service: { getAllFunctions(): string[], getFunction(name: string): FunctionDefinition },
 *   classes: { Error: new (message: string, code: string) => Error },
 * }} Serverless what this plugin uses of the framework
 */
