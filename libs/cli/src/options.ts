import type { Options } from '@cross-account-api/command-line';

/**
 * The options that more than one command has: one name, one default and one meaning. An option that is about a call of any API is in
 * `call/call-options.ts`.
 */
export const options = {
  stage: { type: 'string', value: 'S', description: 'The stage', default: 'local' },
  caller: {
    type: 'string',
    value: 'WHO',
    description: 'Who calls: its ARN; of a stage, its name',
    details:
      'With `--api URL`: the ARN of the function, role, session of a role or user that calls. With a stage: the name of one of the `callers` of services/stages.yml, or of a function of services/caller.',
  },
  event: {
    type: 'string',
    value: 'JSON',
    description: 'The event for the caller function',
    details:
      'For a function without the line `takesOperations: true` in its serverless.yml. What its handler does with the event is up to you.',
  },
  'required-permissions': {
    type: 'boolean',
    description: 'Prints the policies that the profiles need',
  },
  json: { type: 'boolean', description: 'Prints one JSON document instead' },
} as const satisfies Options;
