import {
  findPythons,
  nearestPython,
  PYTHON_VARIABLE,
  type Python,
  probePython,
} from '../../../python/find-python.ts';
import { invalid } from '../functions/errors.ts';
import type { PythonRuntime } from '../functions/settings.ts';

/**
 * Makes the function that finds Python for a function. AWS's runtimes have boto3, so it is one of the runtime's version that has boto3,
 * otherwise the one of the nearest version that has it. `LOCAL_AWS_PYTHON` names another.
 * @param report receives one message for a person, for each runtime that gets a Python of another version
 * @returns a function that throws an AwsError with the remedy if this machine has no such Python
 */
export function createPythonFinder(
  report: (message: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): (runtime: PythonRuntime) => Promise<Python> {
  const found = new Map<PythonRuntime, Python>();
  return async (runtime) => {
    const earlier = found.get(runtime);
    if (earlier !== undefined) return earlier;
    const minor = Number(runtime.replace('python3.', ''));
    const python = await find(runtime, minor);
    found.set(runtime, python);
    if (python.minor !== minor) report(otherVersion(runtime, python));
    return python;
  };

  async function find(runtime: PythonRuntime, minor: number): Promise<Python> {
    const { [PYTHON_VARIABLE]: named } = environment;
    const python =
      named === undefined
        ? nearestPython(await findPythons(environment), 'boto3', minor)
        : await probePython(named);
    if (python !== undefined) return python;
    const problem =
      named === undefined
        ? `Functions of ${runtime} need a Python 3 with boto3, which AWS's runtime has, and no Python in PATH or of pyenv has it.`
        : `${PYTHON_VARIABLE} is ${named}, which is not Python 3.9 or later.`;
    throw invalid(
      `${problem} Run "python3 -m venv .venv && .venv/bin/pip install boto3", and start local AWS again with ${PYTHON_VARIABLE}=.venv/bin/python. On Debian and Ubuntu, "sudo apt-get install python3-boto3" is enough.`,
    );
  }

  function otherVersion(runtime: PythonRuntime, { version, executable }: Python): string {
    const why =
      environment[PYTHON_VARIABLE] === undefined
        ? 'the nearest that has boto3'
        : `as ${PYTHON_VARIABLE} says`;
    return `Functions of ${runtime} run on Python ${version} (${executable}), ${why}. Differences between the two show only on AWS. To use another one, name it in ${PYTHON_VARIABLE}, and start local AWS again.`;
  }
}
