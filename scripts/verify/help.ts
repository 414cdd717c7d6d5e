/** What `npm run verify -- --help` says before the options. */
export const verifySummary = `Verifies a deployed stage: makes the call, and attacks that must fail. Each probe has one right answer.

The probes are the same for stage "local" and for stages on AWS, which are reached with the two profiles of
services/stages.yml. They run in this order:

  The call                         the caller function calls both routes; a repeated message is executed once
  Routes that do not exist         another route, another method
  No signature                     unsigned requests
  Signatures                       account A's profile signs, and body, path, query, header, key, region, time, session
                                   token or stage is wrong
  Without the invoke role          account B's profile signs as itself, invokes the API's functions, assumes the role
  Trust policy, role's policies    the deployed policies are read and evaluated here

No probe has a session of the invoke role: its trust policy admits the caller function alone. So what only a session of that
role or of the caller's could try, such as a wrong external ID, is evaluated from the deployed policies, by the engine of
local AWS. Not probed: a session that has expired, as STS issues none for less than 15 minutes.

It is harmless in production. It sends two messages ({"verify":true}) as the caller, three executed requests in all as the
caller and one as account A, invokes nothing else, and deletes the messages' idempotency keys. What remains is in logs and
metrics: about twenty refused requests.

Exit code: 0 all probes passed; 1 a probe failed; 2 wrong options.`;

/** The options of `npm run verify`. */
export const verifyOptions = {
  stage: { type: 'string', value: 'S', description: 'The deployed stage (default local)' },
  compare: {
    type: 'string',
    value: 'local',
    description: 'Shows where local AWS answers differently; starts one and deploys to it unless one runs',
  },
  report: {
    type: 'string',
    value: 'FILE',
    description: 'With --compare: writes the comparison without IDs and names, to hand in as an issue',
  },
  'required-permissions': {
    type: 'boolean',
    description: 'Prints the policy that both profiles need for a stage on real AWS',
  },
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const;
