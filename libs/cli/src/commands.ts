/** The purpose and the module of each command, by name. A module is loaded when its command runs. */
export const commands = {
  explain: {
    purpose: 'says why a call is refused, in which account, and which change allows it',
    load: async () => (await import('./commands/explain/command.ts')).explainCommand,
  },
  verify: {
    purpose: 'makes the call to a deployed API, and attacks that must fail',
    load: async () => (await import('./commands/verify/command.ts')).verifyCommand,
  },
  review: {
    purpose: 'finds what works and is weak: permissions, trust, and the settings of the stage',
    load: async () => (await import('./commands/review/command.ts')).reviewCommand,
  },
  repair: {
    purpose: 'puts back what somebody changed past CloudFormation',
    load: async () => (await import('./commands/repair/command.ts')).repairCommand,
  },
  check: {
    purpose: 'finds what keeps a stage from being deployed, before it is',
    load: async () => (await import('./commands/check/command.ts')).checkCommand,
  },
  call: {
    purpose: 'calls an operation of the contract as the caller function does',
    load: async () => (await import('./commands/call/command.ts')).callCommand,
  },
  handover: {
    purpose: 'writes what the team of another account needs to call the API',
    load: async () => (await import('./commands/handover/command.ts')).handoverCommand,
  },
  demo: {
    purpose: 'deploys both services to a local AWS, and shows the call',
    load: async () => (await import('./commands/demo/command.ts')).demoCommand,
  },
  start: {
    purpose: 'runs local AWS in the foreground, with both services deployed',
    load: async () => (await import('./commands/start/command.ts')).startCommand,
  },
  seed: {
    purpose: 'puts into local AWS what the services find there: the setting seed',
    load: async () => (await import('./commands/seed/command.ts')).seedCommand,
  },
  logs: {
    purpose: 'prints the log of one function',
    load: async () => (await import('./commands/logs/command.ts')).logsCommand,
  },
  'stack-trace': {
    purpose: 'replaces positions in a bundle by those in the sources',
    load: async () => (await import('./commands/stack-trace/command.ts')).stackTraceCommand,
  },
  outdated: {
    purpose: 'says which releases followed the packages in vendor/, and which mend a weakness',
    load: async () => (await import('./commands/outdated/command.ts')).outdatedCommand,
  },
  openapi: {
    purpose: 'writes the OpenAPI document of the contract',
    load: async () => (await import('./commands/openapi/command.ts')).openapiCommand,
  },
} as const;
