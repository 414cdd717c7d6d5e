import { listenForInterruption, terminalPalette } from '@cross-account-api/command-line';
import { callWith } from '../../call-of.ts';
import { type About, checkStage, command } from '../../command-line.ts';
import { options } from '../../options.ts';
import { projectRoot } from '../../project/project.ts';
import { renderRepair } from './render.ts';
import { repairStage } from './repair-stage.ts';

/** What `repair` says about itself. */
const about: About = {
  summary: 'Puts back what somebody changed past CloudFormation.',
  examples: [
    ['', 'shows what differs in stage local'],
    ['--yes', 'and puts it back'],
  ],
  exitCodes: {
    0: 'nothing differs, or all of it was put back',
    1: 'something differs, was refused, or failed',
    2: 'wrong options',
  },
  manual: `For example a role's policy, a trust policy, a permission of a function, or a setting. Another deployment does not put it
back: CloudFormation compares templates, also with \`--force\`.

It makes a drift-aware change set of each stack, from the template that is deployed, and prints what differs, live and template side
by side. Only \`--yes\` executes it. A set that would change something else is refused, and a set that was not executed is deleted.
Nothing is done if a profile is of another account than services/stages.yml says. Variables of functions are named without their
values, which may be secrets. The stack of a further caller is compared if this project deploys it.

It does not see the code of a function, nor what no template has, such as a further policy of a role or a further statement of a
function's policy: [review](#review) does.

CloudFormation reads each resource with the permissions of whoever runs this, or of the stack's service role: those that AWS's schema
of its type lists for the handler \`read\`, such as \`iam:GetRolePolicy\`, \`lambda:GetPolicy\` and \`apigateway:GET\`. The roles of both
deployment-role.yml have them, and [check](#check) names those that are lacking. Without one, nothing is compared.`,
};

export const repairCommand = command(
  about,
  {
    stage: options.stage,
    yes: { type: 'boolean', description: 'Puts back what differs' },
    json: options.json,
  },
  async ({ stage = 'local', yes = false, json = false }) => {
    checkStage(stage);
    const repaired = await repairStage({
      stage,
      localAwsRoot: process.env.LOCAL_AWS_ROOT ?? projectRoot(),
      environment: process.env,
      executes: yes,
      signal: listenForInterruption(),
    });
    const lines = json
      ? [JSON.stringify(repaired, null, 2)]
      : renderRepair(repaired, callWith('repair', `--stage ${stage} --yes`), terminalPalette);
    process.stdout.write(`${lines.join('\n')}\n`);
    return repaired.stacks.every(({ state }) => state === 'same' || state === 'repaired') ? 0 : 1;
  },
);
