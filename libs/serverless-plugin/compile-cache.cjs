// JavaScript, loaded before the first module in TypeScript.
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

/**
 * The folder in which Node keeps the compiled modules of the CLI, of which each command loads about a thousand. It belongs to the project,
 * as does the code that Node runs from it. Every command of the project uses it.
 * @param {string} from where to look for the project, upwards
 * @returns {string | undefined} `undefined` outside of a project
 */
exports.compileCache = (from) => {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'serverless-compose.yml')))
      return join(folder, 'node_modules/.cache/node-compile-cache');
    if (folder === dirname(folder)) return undefined;
  }
};
