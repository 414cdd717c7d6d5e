/**
 * The settings of one stage, as both serverless.yml files read them:
 * `${file(../stage-settings.js):settings}`.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { parse } from 'yaml';

const FILE = 'services/stages.yml';
const EXAMPLE = 'services/stages.example.yml';

const stageSchema = v.strictObject({
  region: v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region, such as eu-central-1')),
  apiProfile: v.pipe(v.string(), v.nonEmpty('must name an AWS profile of account A')),
  callerProfile: v.pipe(v.string(), v.nonEmpty('must name an AWS profile of account B')),
  callerAccountId: v.pipe(
    v.string('must be text: put the digits in quotes'),
    v.regex(/^\d{12}$/, 'must be the 12 digits of account B'),
  ),
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
  externalId: v.pipe(
    v.string('must be text: put it in quotes'),
    v.regex(/^[\w+=,.@:/-]{2,1224}$/, 'must have 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -'),
  ),
  logRetentionInDays: v.optional(v.pipe(v.number(), v.integer()), 14),
  throttlingRateLimit: v.optional(v.pipe(v.number(), v.minValue(1)), 100),
  throttlingBurstLimit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 50),
  idempotency: v.optional(v.boolean(), true),
});

/** What stage `local` has instead of an entry in the file: the two accounts of local AWS. */
const local = {
  region: 'us-east-1',
  apiProfile: 'local-api',
  callerProfile: 'local-caller',
  callerAccountId: '222222222222',
  externalId: 'local-external-id',
};

/**
 * Resolves the settings of the stage that is being deployed.
 * @param {{ resolveVariable(variable: string): Promise<string> }} framework what the Serverless Framework hands in
 * @returns the stage's settings, checked, defaults filled in, and the name of the caller function's role, which
 *   both services must agree on
 * @throws {Error} that names the missing or wrong value and where to put it
 */
export async function settings({ resolveVariable }) {
  const stage = await resolveVariable('sls:stage');
  // Role names hold the stage's and may have 64 characters.
  if (!/^[a-z][a-z0-9-]{0,31}$/i.test(stage)) {
    throw mistake(
      `The stage "${stage}" must begin with a letter and have at most 32 letters, digits and hyphens.`,
    );
  }
  const result = v.safeParse(stageSchema, stage === 'local' ? local : readStage(stage));
  if (!result.success) {
    const problems = result.issues.map((issue) => `  ${stage}.${v.getDotPath(issue)}: ${describe(issue)}`);
    throw mistake(`${FILE} is not complete:\n${problems.join('\n')}\n${EXAMPLE} explains each value.`);
  }
  return { ...result.output, callerRoleName: `cross-account-caller-${stage}` };
}

/** @param {string} stage */
function readStage(stage) {
  /** @type {unknown} */
  let stages;
  try {
    stages = parse(readFileSync(new URL('stages.yml', import.meta.url), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw mistake(
        `${FILE} does not exist. Copy ${EXAMPLE} to ${FILE} and fill in the stage "${stage}". To try everything without an AWS account: npm run demo.`,
      );
    }
    throw mistake(`${FILE} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof stages !== 'object' || stages === null || !Object.hasOwn(stages, stage)) {
    throw mistake(`${FILE} has no stage "${stage}". ${EXAMPLE} shows what it must be told.`);
  }
  return /** @type {Record<string, unknown>} */ (stages)[stage];
}

/** @param {v.BaseIssue<unknown>} issue */
function describe(issue) {
  if (issue.input === undefined) return 'is missing';
  return issue.type === 'strict_object' ? 'is no setting' : issue.message;
}

/**
 * An error for the user: the framework prints the stack where there is one, and a stack helps nobody here.
 * @param {string} message
 */
function mistake(message) {
  return Object.assign(new Error(message), { stack: undefined });
}
