import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { type Run, runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { projectRoot } from '../lib/project.ts';
import { callsOfAwsCli, carryOut } from './aws-cli.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, type TestBed } from './test-bed.testing.ts';

/** A section of services/RUNBOOK.md. */
export interface Section {
  readonly title: string;
  /** Its commands, block by block, as they are printed. */
  readonly commands: readonly string[];
}

/** The numbered sections of services/RUNBOOK.md, with the names of this project's services in place of the sample's. */
export async function readRunbook(): Promise<readonly Section[]> {
  const page = await readFile(join(projectRoot, 'services/RUNBOOK.md'), 'utf8');
  const names = stageNames('local', projectRoot);
  return page
    .replaceAll('cross-account-api-local', names.api)
    .replaceAll('cross-account-caller-local', names.caller)
    .split(/^## (?=\d+\. )/m)
    .slice(1)
    .map((text) => {
      const [section = ''] = text.split(/^## /m);
      return {
        title: section.split('\n', 1)[0] ?? '',
        commands: [...section.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].flatMap(
          ([, indent = '', block = '']) =>
            block
              .replaceAll(new RegExp(`^${indent}`, 'gm'), '')
              .replaceAll(/\\\n\s*/g, '')
              .trim()
              .split('\n'),
        ),
      };
    });
}

/** The accounts of the profiles that local AWS writes. */
const accountOfProfile: Readonly<Record<string, string>> = {
  'local-api': API_ACCOUNT,
  'local-caller': CALLER_ACCOUNT,
};

/**
 * Runs a command as it is printed: of npm, of the Serverless CLI or of the AWS CLI.
 * @param account of a command without `--profile`
 * @throws Error if the AWS CLI fails, or if it is another command
 */
export async function play(bed: TestBed, command = '', account?: string): Promise<Run> {
  const [, script, options = ''] = /^npm run (\S+)(?: -- (.+))?$/.exec(command) ?? [];
  if (script !== undefined) {
    return runInProcess([script, ...options.split(' ')], bed.project.root, {
      LOCAL_AWS_ROOT: bed.localAwsRoot,
    });
  }
  const [, name, value, service, words = ''] = /^(?:(\w+)=(\w+) )?npx sls (\w+):(.+)$/.exec(command) ?? [];
  if (service !== undefined) {
    const environment = name === undefined ? {} : { [name]: value };
    return bed.sls(wordsOf(words), { service, environment });
  }
  const calls = await callsOfAwsCli(command, bed.localAwsRoot);
  for (const call of calls) {
    const id = accountOfProfile[call.profile ?? ''] ?? account;
    if (id === undefined) throw new Error(`${command} needs --profile, with a profile of local AWS.`);
    await carryOut(call, bed.administrator(id));
  }
  return { exitCode: 0, stdout: '', stderr: '' };
}

/** The words of a command. Single quotes keep blanks. */
function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain);
}

/** The commands of the AWS CLI that an explanation or a review prints. */
export function printedAwsCommands({ stdout }: Run): readonly string[] {
  return [...stdout.matchAll(/(?:^ *|, run: )((?:\S+ \S+ && )?aws .+)$/gm)].map(
    ([, command = '']) => command,
  );
}
