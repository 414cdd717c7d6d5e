import { listenForInterruption, terminalPalette } from '@cross-account-api/command-line';
import { callWith } from '../../call-of.ts';
import { checkStage, command } from '../../command-line.ts';
import { projectRoot } from '../../project/project.ts';
import { renderRepair } from './render.ts';
import { repairStage } from './repair-stage.ts';

export const repairCommand = command(
  `Puts back what somebody changed past CloudFormation: a role's policy, a trust policy, a permission of a function, a setting. Another
deployment does not: CloudFormation compares templates, also with --force.

  ${callWith('repair', '--stage dev')}

It makes a drift-aware change set of each stack, from the template that is deployed, and prints what differs, live and template side by
side. Only --yes executes it. A set that would change something else is refused, and a set that was not executed is deleted. Nothing is
done if a profile is of another account than services/stages.yml says. Variables of functions are named without their values, which may
be secrets. The stack of a further caller is compared if this project deploys it.

It does not see the code of a function, nor what no template has, such as a further policy of a role or a further statement of a
function's policy: ${callWith('review', '--stage dev')} does.

CloudFormation reads each resource with the permissions of whoever runs this, or of the stack's service role: those that AWS's schema of
its type lists for the handler "read", such as iam:GetRolePolicy, lambda:GetPolicy and apigateway:GET. The roles of both
deployment-role.yml have them, and ${callWith('check', '--stage dev')} names those that are lacking. Without one, nothing is compared.

Exit code: 0 nothing differs, or all of it was put back; 1 something differs, was refused, or failed; 2 wrong options.`,
  {
    stage: { type: 'string', value: 'S', description: 'The deployed stage (default: local)' },
    yes: { type: 'boolean', description: 'Puts back what differs' },
    json: { type: 'boolean', description: 'Prints one JSON document' },
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
