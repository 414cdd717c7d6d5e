import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { ZipFile } from 'yazl';

/**
 * How functions are bundled.
 * @type {import('esbuild').BuildOptions}
 */
const options = {
  bundle: true,
  // Not minified: stack traces are readable without source maps, and the zip files are small as they are.
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  // Takes the packages of this repository from their sources, and keeps esbuild's default for all others.
  conditions: ['@cross-account-api/source', 'module'],
  // A function's credentials are in its environment. The SDK's search for others (SSO, profiles, instance metadata) would be
  // a third of the bundle.
  alias: {
    '@aws-sdk/credential-provider-node': fileURLToPath(new URL('lambda-credentials.js', import.meta.url)),
  },
};

/**
 * A plugin that bundles each function, the AWS SDK included, into a zip file: what was tested is what runs, whatever version of
 * the SDK Lambda has.
 *
 * The plugin serverless-esbuild does the same. But it loads a thousand modules in every command, also in those that bundle
 * nothing: half of the time that `sls info` takes.
 */
export default class Bundle {
  /**
   * @param {Serverless} serverless
   * @param {{ function?: string }} commandLine
   * @param {{ log: { warning(message: string): void } }} utilities
   */
  constructor({ serviceDir, service, classes }, commandLine, { log }) {
    /** @param {readonly string[]} names of functions */
    const bundle = async (names) => {
      const functions = names.map((name) => service.getFunction(name));
      const sources = functions.map(({ handler }) => join(serviceDir, handler.replace(/\.\w+$/, '')));
      // Only here, as most commands do without.
      const { build, formatMessages } = await import('esbuild');
      const { outputFiles, warnings } = await build({
        ...options,
        absWorkingDir: serviceDir,
        entryPoints: [...new Set(sources)],
        outbase: serviceDir,
        outdir: serviceDir,
        write: false,
        logLevel: 'silent',
      }).catch((error) => {
        throw new classes.Error(error.message, 'BUNDLE');
      });
      for (const text of await formatMessages(warnings, { kind: 'warning' })) log.warning(text);
      await mkdir(join(serviceDir, '.serverless'), { recursive: true });
      await Promise.all(
        functions.map(async (definition, index) => {
          const file = outputFiles.find(({ path }) => path === `${sources[index]}.mjs`);
          if (file === undefined) throw new Error(`esbuild has no output for ${definition.handler}.`);
          const artifact = join('.serverless', `${names[index]}.zip`);
          await zip(join(serviceDir, artifact), relative(serviceDir, file.path), file.contents);
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
 * @param {string} path of the zip file
 * @param {string} name of the file in it
 * @param {Uint8Array} content
 */
async function zip(path, name, content) {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from(content), name, { mtime: new Date(0), mode: 0o100644 });
  archive.end();
  await pipeline(archive.outputStream, createWriteStream(path));
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
