import { join } from 'node:path';
import { callWith } from '../../call-of.ts';
import { type About, checkStage, type OptionValues, UsageError } from '../../command-line.ts';
import { options } from '../../options.ts';
import { projectRoot } from '../../project/project.ts';

/** What `handover` says about itself. */
export const handoverHelp: About = {
  summary: "Writes what the team of another account needs to call the API as one of a stage's callers.",
  examples: [['--stage dev --caller billing', 'writes handover/dev-billing']],
  exitCodes: {
    0: 'written',
    1: 'the caller is not deployed, or differs from services/stages.yml',
    2: 'wrong options',
  },
  manual: `The folder has the policy for the caller's role, the API's URL with the role to assume and the external ID, code that runs, an
OpenAPI document of the caller's routes, and a README that says what to do with each. It is made from what is deployed in account A,
which is read with the stage's apiProfile. Nothing is changed there.

An earlier folder of this command is overwritten. Any other folder with files, and symbolic links, are refused.`,
};

/** The options of `handover`. */
export const handoverOptions = {
  stage: options.stage,
  caller: {
    ...options.caller,
    description: 'One of the callers of the stage',
    details: 'An entry of `callers` in services/stages.yml.',
  },
  out: { type: 'string', value: 'DIR', description: 'The folder to write', default: 'handover/STAGE-WHO' },
  json: options.json,
} as const;

/** @throws UsageError that names the option and the rule */
export function readHandoverRequest({ stage = 'local', caller, out }: OptionValues<typeof handoverOptions>) {
  checkStage(stage);
  if (caller === undefined) {
    throw new UsageError(
      `Give a caller of stage ${stage}: ${callWith('handover', `--stage ${stage} --caller NAME`)}`,
    );
  }
  if (out === '') throw new UsageError('--out: must be a folder.');
  return { stage, caller, out: out ?? join(projectRoot(), 'handover', `${stage}-${caller}`) };
}
