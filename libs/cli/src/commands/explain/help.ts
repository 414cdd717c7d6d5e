import type { About } from '../../command-line.ts';
import {
  actionsToExplain,
  actionsToExplainUsers,
  requiredActionsForOrganizations,
} from '../../stage/stage-permissions.ts';

/** Questions about a call of any API. */
const ofAnyApi = [
  [
    '--api URL --route "POST /path" --caller ARN [--role ARN] [--external-id X] [--caller-profile P] [--api-profile P]',
    'each link from the caller to the function behind the API: it holds, breaks (with the change, and its account), or cannot be read. With one profile, that side, and what the other must have',
  ],
  ['--error MESSAGE […]', "what AWS's answer means; with profiles, the broken link"],
  ['… --required-permissions', 'the policies that both profiles need for it'],
] as const;

/** Questions about a stage, or about a refusal of local AWS. */
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

/** What `cross-account explain` says about itself. */
export const explainHelp: About = {
  summary: 'Explains why a request was, or would be, allowed or denied.',
  examples: [
    ['', 'the last request that local AWS refused'],
    ['--stage local', 'the whole chain of a stage'],
    ['--error "The security token included in the request is expired"', 'what an answer of AWS means'],
  ],
  exitCodes: {
    0: 'allowed, explained, or nothing was refused',
    1: 'denied, or no such request',
    2: 'it cannot be told, or the options are wrong',
  },
  manual: `A call of any API, from one AWS account to another:

${questions(ofAnyApi)}

A stage of a project that was made from cross-account-api, and what local AWS refused:

${questions(ofStage)}

A stage on real AWS is read with the two profiles of services/stages.yml, and nothing is changed. They must be allowed, and
\`--required-permissions\` prints it as a policy: ${list(actionsToExplain)}; and for questions about users: ${list(actionsToExplainUsers)}.

The service control and resource control policies of an AWS organization count if both profiles may read them:
${list(requiredActionsForOrganizations)}.

The policy of the VPC endpoint of a private API counts for a whole chain if one of the profiles may read it (\`ec2:DescribeVpcEndpoints\`).

Not considered, as they cannot be read: the policies of an organization that its members may not read, the session policies of
sessions that exist (see \`--session-policy\`), and how many invocations of functions are running. Keys that only a request has
(\`aws:SourceIp\`, \`aws:UserAgent\`, …) are absent unless \`--context\` gives them.`,
};

/** The note below the answer to a question about real AWS. */
export const unreadPolicies =
  'VPC endpoint policies were not considered. They can only deny more. Session policies: as given with --session-policy, else none.';

function list(actions: readonly string[]): string {
  return actions.map((action) => `\`${action}\``).join(', ');
}

/** Options of questions, as they are typed, each with what it explains. */
function questions(rows: readonly (readonly [options: string, meaning: string])[]): string {
  return rows
    .map(([options, meaning]) => `- \`${`cross-account explain ${options}`.trim()}\`: ${meaning}`)
    .join('\n');
}
