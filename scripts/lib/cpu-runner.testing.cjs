// @ts-expect-error: it has no types.
const { default: circus } = require('jest-circus/runner');
const { cpuOfProcesses, cpuOfReferenceWork } = require('./cpu-time.testing.cjs');
const { cpuOfCompiling } = require('./swc.testing.cjs');

/**
 * Jest's test runner. It also measures the CPU time of a file of tests and of the processes that it starts, which cpu-reporter.testing.cjs
 * reports. What the compiler takes is left out, as Jest keeps its results.
 * @param {unknown} globalConfig
 * @param {unknown} config
 * @param {{ readonly global: typeof globalThis }} environment
 * @param {unknown[]} others
 */
module.exports = async function measured(globalConfig, config, environment, ...others) {
  const cpu = process.cpuUsage();
  const before = cpuOfProcesses(process.pid);
  const compiling = cpuOfCompiling();
  const result = await circus(globalConfig, config, environment, ...others);
  const { user, system } = process.cpuUsage(cpu);
  const all = (user + system) / 1e6;
  const own = all - (cpuOfCompiling() - compiling);
  // The Serverless CLI's processes serve all files: warm-sls.testing.ts counts what they took for this one.
  const ofSls = Number(Reflect.get(environment.global, 'cpuOfSls') ?? 0);
  const children = Math.max(0, cpuOfProcesses(process.pid) - before - all) + ofSls;
  const reference = all + children > 1 ? cpuOfReferenceWork() : 0;
  /** @type {SuiteCpu} */
  const measurement = { own, children, reference };
  return { ...result, cpu: measurement };
};

/**
 * CPU times in seconds.
 * @typedef {object} SuiteCpu
 * @property {number} own of the process that runs the tests
 * @property {number} children of all processes that it started
 * @property {number} reference of the reference work, directly afterwards; 0 if it was not measured, because the suite is short
 */
