import { callOptions } from '../../call/call-options.ts';
import type { About } from '../../command-line.ts';
import { options } from '../../options.ts';

const { error: _, 'signed-for': __, ...ofCall } = callOptions;

/** What `verify` says about itself. */
export const verifyHelp: About = {
  summary: 'Verifies a deployed API: makes the call, and attacks that must fail.',
  examples: [
    ['', 'stage local, of the local AWS that runs here'],
    ['--required-permissions', 'the policies for a stage on AWS'],
    ['--compare local --report report.json', 'where local AWS differs'],
  ],
  exitCodes: { 0: 'all probes passed', 1: 'a probe failed', 2: 'wrong options' },
  manual: `Each probe has one right answer.

- \`cross-account verify --stage S\`: a stage of this project
- \`cross-account verify --stage S [--api NAME] [--caller NAME] [--event JSON]\`: another of its calls, of one of the APIs of
  services/stages.yml, or by another caller
- \`cross-account verify --api URL --route "GET /path" --caller ARN --caller-profile P [--role ARN [--external-id X]] --api-profile P\`:
  a call of any API, with the probes that apply to any

The probes are the same for stage "local" and for stages on AWS, which are reached with the two profiles of
services/stages.yml:

| probes | who signs, and what is wrong |
| --- | --- |
| The call | the caller function calls the operations of the contract that may be executed; a POST that is sent twice with one Idempotency-Key is executed once |
| No signature | nobody signs |
| Routes that do not exist | account A's profile signs a GET of another route |
| Signatures | account A's profile signs; then body, path, query, header, key, region, time, session token or stage is wrong |
| Without the caller's role | account B's profile signs as itself, invokes the API's functions, and assumes the invoke role |
| Policies and deployment | what is deployed is read, and evaluated by the engine of local AWS |

The caller function gets events \`{ operation, input?, idempotencyKey? }\` if its serverless.yml has the line \`takesOperations: true\`.
Any other function is invoked only with the event of \`--event\`, once: what its handler does with it is up to you. The event passes if
the function returns, and names no record of a batch in batchItemFailures.

No probe has a session of the role as which the caller calls: the caller function alone has one. So what only that function could
try, such as a wrong external ID, another route or another method, is evaluated from the policies. In access mode resource-policy
nothing is assumed, and the API's resource policy is probed in the place of the trust policy. An expired session is not probed: STS
issues none for less than 15 minutes. Both profiles should have the permissions that \`--required-permissions\` prints: an attack that
fails because the attacker lacks a permission proves nothing.

IAM and API Gateway take seconds to spread what a deployment has changed. So a call that must succeed and is refused is repeated for a
minute (\`--wait\`). An attack is never repeated: that it got through once is a failure.

If a probe of a stage fails, CloudFormation compares the stacks with their resources, and a note names what somebody changed past it. That
needs cloudformation:DetectStackDrift, DetectStackResourceDrift, DescribeStackDriftDetectionStatus and DescribeStackResourceDrifts, and
what reads each resource. Without these, the note says that it is not known.

Of any other API, only what is true of each is probed: unsigned requests, wrong signatures, routes that do not exist, functions behind
the API, the external ID, and the policies of the whole call. The call itself is made if the caller's profile has a session of the
caller's role. GET and HEAD alone are sent, unless \`--allow-write\` is given. Without \`--route\`, these are the API's GET routes.

On AWS, it executes each GET of the contract that needs no input or has an example of it. It lists the other operations, and
executes them with \`--allow-write\` only: a POST twice with one key. In stage "local" it executes all. A handler may refuse an example:
a response of 304 or 4xx that the contract declares passes, but not 401, 403, 413 or 429, with which API Gateway refuses, too. Such
an operation is not sent twice with one key. It deletes the records of its idempotency keys, and says what else may stay. Attacks
are also made on a POST with an example: they are refused before a function runs. Functions that are attacked directly do not run
(Lambda's DryRun). What is left of attacks is in logs and metrics: about twenty refused requests.`,
};

/** The options of `verify`. */
export const verifyOptions = {
  stage: options.stage,
  caller: options.caller,
  ...ofCall,
  event: {
    ...options.event,
    details: `Invokes the caller function once with this event, which must not fail. ${options.event.details}`,
  },
  'allow-write': {
    type: 'boolean',
    description: 'Also executes other methods than GET',
    details:
      'Also executes operations without an example in the contract: with the body `{}` and the names of parameters as their values.',
  },
  wait: {
    type: 'string',
    value: 'N',
    description: 'Seconds to repeat refused calls',
    default: '60',
    details: 'AWS may not have spread the deployment yet. 0: not at all.',
  },
  compare: {
    type: 'string',
    value: 'local',
    description: 'Shows where local AWS answers differently',
    details: 'Starts a local AWS and deploys to it unless one runs.',
  },
  report: {
    type: 'string',
    value: 'FILE',
    description: 'With --compare: writes it without IDs and names',
    details:
      'To hand in as an issue. It also has what failed in the stacks, the form of the deployment, the access log of a tampered request without its token, and times and memory of a cold and a warm call.',
  },
  'required-permissions': {
    ...options['required-permissions'],
    details: 'For a stage on real AWS; with `--compare` and `--report`, also for the report.',
  },
  json: options.json,
} as const;
