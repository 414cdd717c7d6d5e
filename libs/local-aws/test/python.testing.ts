import { spawnSync } from 'node:child_process';

// Debian's packages belong to Debian's Python, which may not be the first in PATH.
const candidates = ['python3', '/usr/bin/python3'];

/**
 * Whether a Python of this machine has a module, as local AWS looks for it. It is not loaded. If there is none, a warning names the tests
 * that do not run.
 */
export function hasModule(module: string, tests: string): boolean {
  const script = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`;
  const isThere = candidates.some((candidate) => spawnSync(candidate, ['-I', '-c', script]).status === 0);
  if (!isThere) console.warn(`No python3 has ${module}: ${tests} did NOT run.`);
  return isThere;
}

/**
 * Finds a Python of this machine that can import modules. If there is none, a warning names the tests that do not run.
 * @returns the path of the program
 */
export function pythonWith(modules: readonly string[], tests: string): string | undefined {
  const script = `import sys, ${modules.join(', ')}; print(sys.executable)`;
  for (const candidate of candidates) {
    const { status, stdout } = spawnSync(candidate, ['-c', script], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  console.warn(`No python3 has ${modules.join(', ')}: ${tests} did NOT run.`);
  return undefined;
}
