// Required by the entries that the Serverless Framework loads, in this repository only: scripts/lib/pack-package.ts takes the line
// out of the packages. The framework runs without our export condition, and would look for other packages of this repository in
// their `dist`, which need not be built.

const { existsSync } = require('node:fs');
const { registerHooks } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

/**
 * The file that our export condition names. Node 22 resolves `import` without conditions that a hook adds.
 * @param {string} specifier
 * @returns {string | undefined} `undefined` for other packages
 * @example sourceOf('@cross-account-api/iam') // 'file:///…/libs/iam/src/index.ts'
 */
function sourceOf(specifier) {
  const [, name, path = ''] = /^@cross-account-api\/([\w-]+)(\/.+)?$/.exec(specifier) ?? [];
  const manifest = join(__dirname, name ?? '', 'package.json');
  if (name === undefined || !existsSync(manifest)) return undefined;
  const source = require(manifest).exports[`.${path}`]?.['@cross-account-api/source'];
  return source && pathToFileURL(join(__dirname, name, source)).href;
}

// A hook costs a tenth of the CLI's time. The tests save that: they set the condition for all of their commands.
if (!process.env.NODE_OPTIONS?.includes('--conditions=@cross-account-api/source')) {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = sourceOf(specifier);
      return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
    },
  });
}
