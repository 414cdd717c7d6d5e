import { join } from 'node:path';
import { callWith } from '../../call-of.ts';
import { checkStage, type OptionValues, UsageError } from '../../command-line.ts';
import { projectRoot } from '../../project/project.ts';

const example = callWith('handover', '--stage dev --caller billing');

/** The text of `handover --help` before the options. */
export const handoverSummary = `Writes what the team of another account needs to call the API as one of a stage's callers (services/stages.yml, callers).

  ${example}

The folder has the policy for the caller's role, the API's URL with the role to assume and the external ID, code that runs, an
OpenAPI document of the caller's routes, and a README that says what to do with each. It is made from what is deployed in
account A, which is read with the stage's apiProfile. Nothing is changed there.

An earlier folder of this command is overwritten. Any other folder with files, and symbolic links, are refused.

Exit code: 0 written; 1 the caller is not deployed, or as services/stages.yml no longer has it; 2 wrong options.`;

/** The options of `handover`. */
export const handoverOptions = {
  stage: { type: 'string', value: 'S', description: 'The deployed stage' },
  caller: { type: 'string', value: 'NAME', description: 'One of the callers of the stage' },
  out: { type: 'string', value: 'DIR', description: 'The folder to write (default handover/S-NAME)' },
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const;

/** @throws UsageError that names the option and the rule */
export function readHandoverRequest({ stage, caller, out }: OptionValues<typeof handoverOptions>) {
  checkStage(stage);
  if (stage === undefined || caller === undefined) {
    throw new UsageError(`Give a stage and a caller: ${example}`);
  }
  if (out === '') throw new UsageError('--out: must be a folder.');
  return { stage, caller, out: out ?? join(projectRoot(), 'handover', `${stage}-${caller}`) };
}
