import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { checkSpawned } from '../../../../core/check-spawned.ts';
import { parseJson } from '../../../../core/parse-json.ts';
import awsManagedPolicies from '../../../../identity/aws-managed-policies.json' with { type: 'json' };
import {
  findPythons,
  nearestPython,
  PYTHON_VARIABLE,
  type Python,
  probePython,
} from '../../../../python/find-python.ts';
import { validationError } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** The transform of AWS SAM, the only one that local AWS carries out. */
export const SAM_TRANSFORM = 'AWS::Serverless-2016-10-31';

const SCRIPT = path.join(import.meta.dirname, 'expand-sam.py');

/** The version of Python of AWS's newest runtime that most machines have: any that has the translator does. */
const PREFERRED_MINOR = 13;

/** Whether SAM is the only transform of a template. */
export function usesSam({ Transform }: JsonObject): boolean {
  const [transform, ...others] = [Transform].flat();
  return transform === SAM_TRANSFORM && others.length === 0;
}

const answerSchema = v.union([
  v.object({ template: v.custom<JsonObject>(isObject) }),
  v.object({ error: v.string() }),
]);

/** Expands a SAM template. @param parameters the values that are known, as `transformParameters` gives them */
export type SamExpander = (
  template: JsonObject,
  region: string,
  parameters: ReadonlyMap<string, Json>,
) => Promise<JsonObject>;

/**
 * Makes the function that expands SAM templates with AWS's translator, the Python package `aws-sam-translator`
 * (https://github.com/aws/serverless-application-model). It throws an AwsError for a template that the translator refuses, and with
 * the commands that install the translator if no Python of this machine has it.
 */
export function createSamExpander(environment: NodeJS.ProcessEnv = process.env): SamExpander {
  let found: Python | undefined;
  return async (template, region, parameters) => {
    found ??= await findTranslator(environment);
    if (found === undefined) {
      throw validationError(
        `local AWS expands Transform ${SAM_TRANSFORM} with AWS's own translator, the Python package aws-sam-translator, and no Python in PATH or of pyenv has it. Run "python3 -m venv .venv && .venv/bin/pip install aws-sam-translator", and start local AWS again with ${PYTHON_VARIABLE}=.venv/bin/python.`,
      );
    }
    const policies = Object.fromEntries(
      awsManagedPolicies.map(({ path: folder, name }) => [name, `arn:aws:iam::aws:policy${folder}${name}`]),
    );
    const input = JSON.stringify(
      { template, parameters: Object.fromEntries(parameters), policies },
      listOfGetAtt,
    );
    const { output, problem } = await runScript(found, input, region);
    const answer = v.safeParse(answerSchema, parseJson(output));
    if (answer.success && 'template' in answer.output) return answer.output.template;
    const reason = answer.success && 'error' in answer.output ? answer.output.error : problem;
    throw validationError(`Transform ${SAM_TRANSFORM} failed with: ${reason}`);
  };
}

/** The translator knows only the form of `Fn::GetAtt` that is a list. */
function listOfGetAtt(key: string, value: unknown): unknown {
  const [, resource, attribute] =
    key === 'Fn::GetAtt' && typeof value === 'string' ? (/^([^.]+)\.(.+)$/.exec(value) ?? []) : [];
  return resource === undefined ? value : [resource, attribute];
}

/** The Python that the user names, if it has the translator; otherwise any that has it. */
async function findTranslator(environment: NodeJS.ProcessEnv): Promise<Python | undefined> {
  const { [PYTHON_VARIABLE]: name } = environment;
  const named = name === undefined ? undefined : await probePython(name);
  if (named?.modules.includes('samtranslator')) return named;
  return nearestPython(await findPythons(environment), 'samtranslator', PREFERRED_MINOR);
}

/** @returns what the script printed, and the last line of its errors */
async function runScript({ executable }: Python, input: string, region: string) {
  // The translator asks boto3 for the region. Nothing else of the user's settings reaches it.
  const nothing = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const child = checkSpawned(
    spawn(executable, ['-I', SCRIPT], {
      env: { ...nothing, AWS_DEFAULT_REGION: region },
      stdio: 'pipe',
    }),
  );
  const ended = new Promise<string>((resolve) => {
    child
      .on('error', ({ message }) => resolve(message))
      .on('close', (code) => resolve(`exit status ${code}`));
  });
  // If the script ends early, its status says so.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [output, errors, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { output, problem: errors.trim().split('\n').at(-1) || end };
}
