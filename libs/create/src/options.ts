import { parseArgs } from 'node:util';

/** The ways in which callers get in: the setting `accessMode` of a stage. */
export const ACCESS_MODES = ['assume-role', 'resource-policy'] as const;

/** The choices for a project. */
export interface ProjectOptions {
  /** The prefix of both services: `<name>-api` and `<name>-caller`. */
  readonly name: string;
  /** The scope of the project's own packages, such as `@orders`. */
  readonly scope: string;
  /** The region of stage `dev`. */
  readonly region: string;
  readonly accessMode: (typeof ACCESS_MODES)[number];
  /** Whether stage `dev` has alarms and dashboards. */
  readonly alarms: boolean;
  /** Whether the project has workflows of GitHub Actions. */
  readonly ci: boolean;
}

/** The arguments of the command line. */
export interface CommandLine {
  /** The folder of the new project, as typed. Absent: none was given */
  readonly folder: string | undefined;
  readonly given: Partial<ProjectOptions>;
  /** Whether to ask nothing. */
  readonly yes: boolean;
  /** Whether to make a git repository with a first commit. */
  readonly git: boolean;
  /** Whether to install the packages. The lock file is made in any case. */
  readonly install: boolean;
  /** Whether to bring later packages of a clone into the project in the folder, and make nothing. */
  readonly update: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** The user's input cannot be used. The message is one sentence, for the user. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** For each option: whether a value is right, and the rule in words. */
const rules = {
  // The longest name of a role has 29 characters more, and the stage; IAM takes 64.
  name: [
    /^[a-z](?!.*--)[a-z0-9-]{0,18}[a-z0-9]$/,
    '2 to 20 lower-case letters, digits and single hyphens, a letter first',
  ],
  scope: [/^@[a-z0-9][a-z0-9._-]*$/, 'an npm scope such as @orders'],
  region: [/^[a-z]{2,}(-[a-z]+)+-\d$/, 'a region of AWS such as eu-central-1'],
  accessMode: [/^(?:assume-role|resource-policy)$/, 'assume-role or resource-policy'],
} as const;

/**
 * Checks a value.
 * @throws Refusal that names the value and the rule
 */
export function checkOption(option: keyof typeof rules, value: string): void {
  const [pattern, rule] = rules[option];
  if (pattern.test(value)) return;
  const label = option === 'accessMode' ? 'access mode' : option;
  throw new Refusal(`The ${label} "${value}" must be ${rule}.`);
}

/**
 * Reads the arguments of the program.
 * @throws Refusal
 * @example readCommandLine(['orders', '--yes']) // { folder: 'orders', yes: true, … }
 */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parse(args);
  if (positionals.length > 1) {
    throw new Refusal(`Give one folder, not ${positionals.length}: ${positionals.join(' ')}.`);
  }
  const { name, scope, region, 'access-mode': accessMode, alarms, ci } = values;
  for (const [option, value] of Object.entries({ name, scope, region, accessMode })) {
    if (value !== undefined) checkOption(option as keyof typeof rules, value);
  }
  return {
    folder: positionals[0],
    given: {
      ...(name !== undefined && { name }),
      ...(scope !== undefined && { scope }),
      ...(region !== undefined && { region }),
      ...(accessMode !== undefined && { accessMode: accessMode as ProjectOptions['accessMode'] }),
      ...(alarms !== undefined && { alarms }),
      ...(ci !== undefined && { ci }),
    },
    yes: values.yes ?? false,
    git: values.git ?? true,
    install: values.install ?? true,
    update: values.update ?? false,
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

/** The default of each option. @param name of the project, from which the scope follows */
export function defaultsFor(name: string): ProjectOptions {
  return {
    name,
    scope: `@${name}`,
    region: 'us-east-1',
    accessMode: 'assume-role',
    alarms: false,
    ci: true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        name: { type: 'string' },
        scope: { type: 'string' },
        region: { type: 'string' },
        'access-mode': { type: 'string' },
        alarms: { type: 'boolean' },
        ci: { type: 'boolean' },
        git: { type: 'boolean' },
        install: { type: 'boolean' },
        update: { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new Refusal(`${reason.replace(/\.$/, '')}: --help lists the options.`);
  }
}
