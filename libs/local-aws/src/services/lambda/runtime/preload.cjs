'use strict';
// Runs before a function's code, in its process, its worker threads and its child processes that run Node.

require('./network-guard.cjs');
require('./env-proxy.cjs');
require('./bucket-host.cjs');
const childProcess = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { join } = require('node:path');
const workerThreads = require('node:worker_threads');

const { NODE_OPTIONS = '', LOCAL_AWS_ENVIRONMENT: mark = '' } = process.env;
/** Variables that each child keeps, even if it gets its own environment: the guard, and the mark by which local AWS ends it. */
const inherited = { NODE_OPTIONS, LOCAL_AWS_ENVIRONMENT: mark };

/** What a worker with its own options loads first: it would not take this from NODE_OPTIONS and the arguments of this process. */
function preloads() {
  const isHoldable = Symbol.for('local-aws.hold') in globalThis;
  const files = [__filename, ...(isHoldable ? [join(__dirname, 'hold-timers.cjs')] : [])];
  return files.flatMap((file) => ['--require', file]);
}

workerThreads.Worker = class Worker extends workerThreads.Worker {
  /** @param {string | URL} file @param {import('node:worker_threads').WorkerOptions} [options] */
  constructor(file, options = {}) {
    const { execArgv, env } = options;
    super(file, {
      ...options,
      ...(execArgv === undefined ? {} : { execArgv: [...preloads(), ...execArgv] }),
      ...(typeof env === 'object' ? { env: { ...inherited, ...env } } : {}),
    });
  }
};

let hasStarted = false;

/** Tells local AWS that it must search for processes when this one is stopped or ends. */
function beforeStart() {
  if (hasStarted || mark === '') return;
  hasStarted = true;
  try {
    writeFileSync(mark, '');
  } catch {
    // The disk is full, or local AWS has ended.
  }
}

const prototype = /** @type {{ spawn: (options: { envPairs?: string[] }) => unknown }} */ (
  /** @type {unknown} */ (childProcess.ChildProcess.prototype)
);
const { spawn } = prototype;
prototype.spawn = function (options) {
  beforeStart();
  const { envPairs } = options;
  const missing = Object.entries(inherited).filter(
    ([name]) => envPairs?.some((pair) => pair.startsWith(`${name}=`)) === false,
  );
  if (missing.length === 0) return spawn.call(this, options);
  return spawn.call(this, {
    ...options,
    envPairs: [...(envPairs ?? []), ...missing.map(([name, value]) => `${name}=${value}`)],
  });
};

// These do not use the class: `(file, arguments?, options?)` or `(command, options?)`.
for (const name of /** @type {const} */ (['spawnSync', 'execFileSync', 'execSync'])) {
  const original = /** @type {(...args: unknown[]) => unknown} */ (childProcess[name]);
  /** @param {unknown[]} args */
  const replaced = (...args) => {
    beforeStart();
    return original(...args.map(withInherited));
  };
  Object.assign(childProcess, { [name]: replaced });
}

/** Adds the inherited variables to options with an environment. @param {unknown} argument */
function withInherited(argument) {
  if (typeof argument !== 'object' || argument === null || !('env' in argument)) return argument;
  const { env } = argument;
  return typeof env === 'object' && env !== null ? { ...argument, env: { ...inherited, ...env } } : argument;
}

syncBuiltinESMExports();
