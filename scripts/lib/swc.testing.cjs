const swc = require('@swc/jest');

/** The CPU time that this process has spent on compiling files, in seconds. */
let spent = 0;

/**
 * Compiles TypeScript for Jest, as @swc/jest does. Jest keeps the result, so with cold caches the tests take a third more CPU time, which
 * says nothing about the tests: cpu-runner.testing.cjs leaves it out.
 * @param {Parameters<typeof swc.createTransformer>[0]} options
 */
exports.createTransformer = (options) => {
  const { process: compile, ...transformer } = swc.createTransformer(options);
  if (compile === undefined) throw new TypeError('@swc/jest has no synchronous compiler any more.');
  /** @type {typeof compile} */
  const measured = (...given) => {
    const before = process.cpuUsage();
    try {
      return compile(...given);
    } finally {
      const { user, system } = process.cpuUsage(before);
      spent += (user + system) / 1e6;
    }
  };
  return { ...transformer, process: measured };
};

/** The CPU time that this process has spent on compiling files, in seconds. */
exports.cpuOfCompiling = () => spent;
