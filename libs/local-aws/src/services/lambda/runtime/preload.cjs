'use strict';
// Runs before a function's code, in its process, its worker threads and its child processes that run Node.

require('./network-guard.cjs');
require('./env-proxy.cjs');
const { ChildProcess } = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');
const workerThreads = require('node:worker_threads');

const { NODE_OPTIONS = '' } = process.env;

// A worker with its own options would not take them from NODE_OPTIONS.
workerThreads.Worker = class Worker extends workerThreads.Worker {
  /** @param {string | URL} file @param {import('node:worker_threads').WorkerOptions} [options] */
  constructor(file, options = {}) {
    const { execArgv, env } = options;
    super(file, {
      ...options,
      ...(execArgv === undefined ? {} : { execArgv: ['--require', __filename, ...execArgv] }),
      ...(typeof env === 'object' ? { env: { NODE_OPTIONS, ...env } } : {}),
    });
  }
};

// A child with its own environment would not inherit the guard.
const prototype = /** @type {{ spawn: (options: { envPairs?: string[] }) => unknown }} */ (
  /** @type {unknown} */ (ChildProcess.prototype)
);
const { spawn } = prototype;
prototype.spawn = function (options) {
  const { envPairs } = options;
  if (envPairs === undefined || envPairs.some((pair) => pair.startsWith('NODE_OPTIONS='))) {
    return spawn.call(this, options);
  }
  return spawn.call(this, { ...options, envPairs: [...envPairs, `NODE_OPTIONS=${NODE_OPTIONS}`] });
};

syncBuiltinESMExports();
