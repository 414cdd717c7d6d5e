import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './lib/project.ts';

/*
 * `libs/iam/src/arn.ts` splits ARNs and recognizes them. What reads an ARN by hand elsewhere is listed here, with the reason.
 */

/** Where a text is split at its colons, and a pattern that spells how an ARN begins. */
const BY_HAND = {
  split: /\.split\(['"]:['"][,)]/g,
  pattern: /(?<=(?:^|[(,=:[!&|?;]|return)\s*)\/(?![*/])(?:[^/\n\\]|\\.)*\barn:(?:[[(\\.]|aws)/g,
} as const;

type Kind = keyof typeof BY_HAND;

/** The lines of a text that read an ARN by hand. Comments do not count. */
function linesByHand(text: string, kind: Kind): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:\*|\/\/|\/\*)/.test(line))
    .filter((line) => line.match(BY_HAND[kind]) !== null);
}

/** What ships, and the scripts. Tests have their own texts. */
const sources = ['libs/*/src/**/*.{ts,tsx}', 'services/*/src/**/*.ts', 'scripts/**/*.ts']
  .flatMap((pattern) => globSync(pattern, { cwd: projectRoot, exclude: ['**/node_modules/**'] }))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/\.test(-d)?\.tsx?$|\.testing\.tsx?$/.test(file))
  .filter((file) => !/^scripts\/(?:test-packages|e2e\/sample|bench\/peers)\//.test(file))
  .filter((file) => file !== 'libs/iam/src/arn.ts')
  .toSorted();

function countsOf(kind: Kind): Readonly<Record<string, number>> {
  const found = sources.map((file) => {
    const lines = linesByHand(readFileSync(join(projectRoot, file), 'utf8'), kind);
    return [file, lines.length] as const;
  });
  return Object.fromEntries(found.filter(([, count]) => count > 0));
}

/** What may split a text at its colons, or have such a pattern, with how many lines do. Make the lists shorter, not longer. */
const STAYING: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  split: {
    'an action, such as s3:GetObject': `
      libs/cli/src/commands/check/simulation-plan.ts×1 libs/iam/src/aws/actions.ts×1 libs/iam/src/decision/resource-control.ts×1
      libs/iam/src/explanation/deployed/reach.ts×1 libs/iam/src/language/policy-language.ts×1
      libs/iam/src/language/policy-validation.ts×1 libs/local-aws/src/services/cloudformation/engine/actor.ts×1
      libs/local-aws/src/services/inert/index.ts×1 scripts/aws-facts/handler-actions.ts×1
`,
    'a user ID, a header, a selector, a pseudonym, or a time of ps': `
      libs/cli/src/commands/review/replay.ts×1 libs/iam/src/witness/principals.ts×1 libs/local-aws/src/core/trace-header.ts×1
      libs/local-aws/src/network/serve-request.ts×1 libs/local-aws/src/services/ssm/operations/parameters.ts×1
      libs/local-aws/src/state-directory/process-activity.ts×1 scripts/conformance/recording/redact.ts×1
`,
    // AWS says what is wrong with a text that is not an ARN, by the parts that it has. A pattern may leave out the last parts.
    'a Resource of a policy that may be too short for an ARN': `
      libs/iam/src/language/policy-validation.ts×1 libs/iam/src/witness/resources.ts×1
`,
  },
  pattern: {
    'the package is installed without iam': `
      libs/api-handler/src/caller.ts×1 libs/assume-role/src/provider.ts×1 libs/assume-role/src/sts.ts×1
      libs/command-line/src/text/terminal.ts×1
`,
    // The pattern is what AWS documents for this input, or what we demand of a setting. Only this kind of ARN has these parts.
    'the rule of one input, or the parts of one kind of ARN': `
      libs/cli/src/commands/explain/call-from-error.ts×1 libs/local-aws/src/identity/principal-binding.ts×1
      libs/local-aws/src/services/apigateway/definition/integration.ts×1
      libs/local-aws/src/services/apigateway/definition/properties.ts×2
      libs/local-aws/src/services/apigateway/definition/stage-settings.ts×1
      libs/local-aws/src/services/apigateway/domain-names.ts×1 libs/local-aws/src/services/apigateway/operations/apis.ts×1
      libs/local-aws/src/services/execute-api/plane.ts×1 libs/local-aws/src/services/iam/operations/simulation.ts×1
      libs/local-aws/src/services/lambda/functions/function-name.ts×1
      libs/local-aws/src/services/lambda/functions/function-policy.ts×1
      libs/local-aws/src/services/lambda/functions/settings.ts×1 libs/local-aws/src/services/lambda/operations/tags.ts×1
      libs/local-aws/src/services/logs/resources/log-group.ts×1
      libs/local-aws/src/services/ssm/store.ts×1 libs/serverless-plugin/src/settings/api-entries.ts×2
      libs/serverless-plugin/src/settings/schema.ts×1
`,
    'an ARN is found in a longer text, or a part of it is replaced': `
      libs/cli/src/call/links/invoke-route.ts×1 libs/cli/src/commands/review/trust.ts×2 libs/cli/src/project/project-roles.ts×1
      libs/cli/src/stage/idempotency-item.ts×1 libs/cli/src/stage/stage-permissions.ts×1
      libs/iam/src/explanation/change-command.ts×1 libs/iam/src/explanation/refusals/read-refusal.ts×1
      libs/iam/src/explanation/refusals/words.ts×2 libs/local-aws/src/services/execute-api/responses/gateway-error.ts×1
      libs/local-aws/src/services/logs/operations/operation.ts×1
`,
  },
};

function stayingOf(kind: Kind): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [, file = '', count] of Object.values(STAYING[kind])
    .join()
    .matchAll(/([\w/.-]+)×(\d+)/g)) {
    counts[file] = (counts[file] ?? 0) + Number(count);
  }
  return counts;
}

test.each(['split', 'pattern'] as const)(
  'libs/iam/src/arn.ts alone reads ARNs, unless the list says why another file has a %s',
  (kind) => {
    expect(sources.length).toBeGreaterThan(700);
    expect(countsOf(kind)).toEqual(stayingOf(kind));
  },
);

test.each([
  ['split', "const [, , , , account] = arn.split(':');", 1],
  ['split', "const name = text.split(':', 2)[1];", 1],
  ['split', "  // arn.split(':') would do", 0],
  ['split', "const lines = text.split('\\n');", 0],
  ['pattern', String.raw`const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\//;`, 1],
  ['pattern', '  if (/^arn:[^:]+:sts::/.test(arn)) return;', 1],
  ['pattern', String.raw`text.replace(/arn:\S+/g, '')`, 1],
  ['pattern', "const all = ['arn:aws:iam::*:user/*', 'arn:aws:iam::*:group/*'];", 0],
  ['pattern', 'https://example.com/arn:aws', 0],
] as const)('the check of %ss counts the line %j as %i', (kind, line, count) => {
  expect(linesByHand(line, kind)).toHaveLength(count);
});
