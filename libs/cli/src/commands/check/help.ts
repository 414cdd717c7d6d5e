import { callOf, callWith } from '../../call-of.ts';

/** The text of `check --help` before the options. */
export const checkSummary = `Checks whether a stage can be deployed, before it is. It reads and changes nothing.

  ${callOf('check')}
      the local AWS that ${callOf('start')} runs
  ${callWith('check', '--stage dev')}
      the accounts of stage dev, with the profiles of services/stages.yml

Each line is a check that passed (✔), a warning (!) or a failure (✘), with what to do about it.
Exit code: 0 no check failed; 1 a check failed; 2 wrong options.

Without a profile in services/stages.yml, an account is looked at with the credentials of the shell, as in CI: give
--service there.

It needs the permissions of the policies "deploy" and "check" in services/*/deployment-role.yml and, if the caller's function
is in a VPC, ec2:DescribeSubnets and ec2:DescribeVpcEndpoints. With the setting permissionsBoundary, other profiles than the
deployment role also need iam:ListRoles and iam:GetRole. What may not be read becomes a warning, except the
role of a further caller.`;
