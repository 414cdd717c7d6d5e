import type { About } from '../../command-line.ts';

/** What `check` says about itself. */
export const checkHelp: About = {
  summary: 'Checks whether a stage can be deployed, before it is.',
  examples: [
    ['', 'the local AWS that runs here'],
    ['--stage dev --service api', 'only account A of stage dev, as in CI'],
  ],
  exitCodes: { 0: 'no check failed', 1: 'a check failed', 2: 'wrong options' },
  manual: `It reads and changes nothing. The accounts of a stage on AWS are read with the profiles of services/stages.yml.

Each line is a check that passed (✔), a warning (!) or a failure (✘), with what to do about it.

Without a profile in services/stages.yml, an account is looked at with the credentials of the shell, as in CI: give \`--service\`
there.

It needs the permissions of the policies \`deploy\` and \`check\` in services/*/deployment-role.yml and, if the caller's function is in
a VPC, \`ec2:DescribeSubnets\` and \`ec2:DescribeVpcEndpoints\`. With the setting permissionsBoundary, other profiles than the deployment
role also need \`iam:ListRoles\` and \`iam:GetRole\`. What may not be read becomes a warning, except the role of a further caller.`,
};
