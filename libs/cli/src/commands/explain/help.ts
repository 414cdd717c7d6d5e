import { callOf, callWith } from '../../call-of.ts';
import {
  actionsToExplain,
  actionsToExplainUsers,
  requiredActionsForOrganizations,
} from '../../stage/stage-permissions.ts';

/** Options of a question about a call of any API, with their explanations. */
const ofAnyApi = [
  [
    '--api URL --route "POST /path" --caller ARN [--role ARN] [--external-id X] [--caller-profile P] [--api-profile P]',
    'each link from the caller to the function behind the API: it holds, breaks (with the change, and its account), or cannot be read. With one profile, that side, and what the other must have',
  ],
  ['--error MESSAGE […]', "what AWS's answer means; with profiles, the broken link"],
  ['… --required-permissions', 'the policies that both profiles need for it'],
] as const;

/** Options of a question about a stage, or about a refusal of local AWS, with their explanations. */
const ofStage = [
  ['', 'the last request that the running local AWS refused'],
  [
    '--request-id ID',
    'any request since its start, such as an invocation, with the refused requests that it caused',
  ],
  [
    '--principal ARN --action A --resource R [--context K=V]… [--stage S]',
    'whether the deployed policies allow this',
  ],
  [
    '--unused',
    'for each role, which permissions the recorded calls never used, and a policy without them, proven on all of these calls',
  ],
  [
    '--stage S',
    'the whole chain of a stage, from the caller function to the functions behind the API, and what would repair it',
  ],
  [
    '--stage S --caller NAME',
    'the same for one of the callers of services/stages.yml, as far as the profiles may read: else with the policy that its account must have',
  ],
  [
    '--stage S --api NAME [--caller FUNCTION]',
    'the same for the call of one of the APIs of services/stages.yml, by the function that makes it',
  ],
] as const;

/** Lists the options of questions, as they are typed here, each with its explanation. */
function usageOf(questions: readonly (readonly [options: string, meaning: string])[]): string {
  return questions
    .map(
      ([options, meaning]) =>
        `  ${options === '' ? callOf('explain') : callWith('explain', options)}\n      ${meaning}`,
    )
    .join('\n');
}

/** The text of `cross-account explain --help` before the options. */
export const explainSummary = `Explains why a request was, or would be, allowed or denied.

A call of any API, from one AWS account to another:

${usageOf(ofAnyApi)}

Exit code of these: 0 the call is allowed; 1 it is not; 2 it cannot be told, or the options are wrong.

A stage of a project that was made from cross-account-api, and what local AWS refused:

${usageOf(ofStage)}

Exit code of these: 0 allowed, the chain holds, something was explained, or nothing was refused; 1 denied, broken, or no such request;
2 it cannot be told, or the options are wrong.

A stage on real AWS is read with the two profiles of services/stages.yml, and nothing is changed. They must be allowed
(--required-permissions prints it as a policy):
${list(actionsToExplain)}
and for questions about users:
${list(actionsToExplainUsers)}

The service control and resource control policies of an AWS organization count if both profiles may read them:
${list(requiredActionsForOrganizations)}

The policy of the VPC endpoint of a private API counts for a whole chain if one of the profiles may read it (ec2:DescribeVpcEndpoints).

Not considered, as they cannot be read: the policies of an organization that its members may not read, and the session
policies of sessions that exist (see --session-policy); and how many invocations of functions are running. Keys that only a request has (aws:SourceIp,
aws:UserAgent, …) are absent unless --context gives them.`;

/** The note below the answer to a question about real AWS. */
export const unreadPolicies =
  'VPC endpoint policies were not considered. They can only deny more. Session policies: as given with --session-policy, else none.';

function list(actions: readonly string[]): string {
  const lines: string[] = [];
  for (const action of actions) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + action.length < 108)
      lines[lines.length - 1] = `${last}, ${action}`;
    else lines.push(`  ${action}`);
  }
  return lines.join('\n');
}
