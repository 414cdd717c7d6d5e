// JavaScript that old versions of Node can read.
const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const { delimiter, dirname, join } = require('node:path');

/** In the environment of a program that was started again: it is not started a third time. */
const MARK = 'CROSS_ACCOUNT_STARTED_AGAIN';

/**
 * Finds the Node that a project has as the package `node`, which npm links beside the program. Never in the working directory, which may be
 * anybody's.
 * @param {readonly string[]} folders from which to look, upwards
 * @returns {string | undefined} its path
 */
function findNode(folders) {
  for (const from of folders) {
    for (let folder = from; ; folder = dirname(folder)) {
      const node = join(folder, 'node_modules/.bin/node');
      if (existsSync(node)) return node;
      if (folder === dirname(folder)) break;
    }
  }
  return undefined;
}

/**
 * Starts the program again with the Node of the project, if the project has one. The exit code, or the signal, is that of the new process.
 * @param {string} program its absolute path
 * @returns {boolean} whether it was started
 */
exports.startAgain = (program) => {
  const node = process.env[MARK] ? undefined : findNode([dirname(String(process.argv[1])), __dirname]);
  if (node === undefined) return false;
  const child = spawn(node, [program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    // What the program starts finds this Node, too, as under `npm run`.
    env: Object.assign({}, process.env, {
      [MARK]: '1',
      // An empty part of PATH is the working directory, which may be anybody's.
      PATH: [dirname(node), process.env.PATH].filter(Boolean).join(delimiter),
    }),
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    // A terminal sends Ctrl-C to both processes. The new one decides when to end.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code === null ? 1 : code;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
  return true;
};

/** What the program starts may be started again, too. */
exports.forgetStart = () => {
  delete process.env[MARK];
};
