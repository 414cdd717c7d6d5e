import { relative } from 'node:path';
import {
  answerQuestion,
  type Chain,
  type Circumstances,
  type PolicyReader,
  type RenderOptions,
  renderAnswer,
  renderChainReport,
  renderExplanation,
  renderRoleUse,
  usedPermissions,
  walkChain,
} from '@cross-account-api/local-aws/explain';
import { quoteForShell, readStateDirectory, stateFiles } from '@cross-account-api/local-aws/state-directory';
import { createPolicyReader } from './explain/aws-policy-reader.ts';
import { type DeployedPair, findDeployedPair, withConfiguration } from './explain/deployed-pair.ts';
import { type Assumptions, explainOptions, readExplainRequest } from './explain/explain-request.ts';
import { explainTrace, recordedCalls, type Wanted } from './explain/explain-trace.ts';
import {
  callerPartOf,
  findFurtherCaller,
  linksOfStack,
  renderCallerPart,
  walkFurtherCaller,
} from './explain/further-caller.ts';
import { explainSummary, unreadOrganization, unreadPolicies } from './explain/help.ts';
import { type OpenStage, openStage } from './explain/open-stage.ts';
import { fileOfRole } from './explain/project-roles.ts';
import { repairLines } from './explain/repair.ts';
import { requiredPermissions } from './explain/required-permissions.ts';
import { runCommand } from './lib/command-line.ts';
import { terminalPalette, terminalWidth } from './lib/palette.ts';
import { projectRoot } from './lib/project.ts';

const localAwsRoot = process.env.LOCAL_AWS_ROOT ?? projectRoot;

await runCommand('explain', explainSummary, explainOptions, async (values) => {
  const request = await readExplainRequest(values);
  const print = (document: object, lines: () => readonly string[]) => {
    const text = values.json === true ? JSON.stringify(document, null, 2) : lines().join('\n');
    process.stdout.write(`${text}\n`);
  };
  switch (request.form) {
    case 'required-permissions':
      process.stdout.write(`${JSON.stringify(requiredPermissions(request.stage), null, 2)}\n`);
      return 0;

    case 'recorded': {
      const explained = await explainTrace(localAwsRoot, request.wanted);
      const reading = await readStateDirectory(localAwsRoot);
      const rendering = renderingWith(reading.running ? reading.instance.accounts : []);
      print({ explained, running: reading.running }, () => [
        ...(explained.length === 0 ? [nothingToExplain(request.wanted)] : []),
        ...explained.flatMap((each, index) => [
          ...(index === 0 ? [] : ['']),
          ...renderExplanation(each, rendering),
        ]),
        ...(reading.running
          ? []
          : [
              `\n${terminalPalette.faint('note:')} No local AWS runs now. This is the trace of the last one. ${reading.remedy}`,
            ]),
      ]);
      return explained.length === 0 ? 1 : 0;
    }

    case 'unused':
      return onStage(request, async (open, { now }) => {
        const reader = createPolicyReader(open.accounts, open.stage, open.organization);
        const roles = await usedPermissions(recordedCalls(localAwsRoot), reader, now);
        print({ roles }, () =>
          roles.length === 0
            ? ['The trace has no call of a role. Invoke the caller first.']
            : roles.flatMap((use, index) => [
                ...(index === 0 ? [] : ['']),
                ...renderRoleUse(use, { palette: terminalPalette }),
              ]),
        );
        return roles.length === 0 ? 1 : 0;
      });
    case 'question':
      return onStage(request, async (open, circumstances) => {
        const reader = createPolicyReader(open.accounts, open.stage, open.organization);
        const answer = await answerQuestion({ ...request.asked, region: open.region }, reader, circumstances);
        const { allowed } = answer.decision;
        const notes = [...answer.notes, ...(await notesOn(open))];
        print({ stage: open.stage, allowed, ...answer, notes }, () =>
          renderAnswer({ ...answer, notes }, renderingWith(open.accounts.values(), open.real)),
        );
        return allowed ? 0 : 1;
      });

    case 'chain':
      return onStage(request, async (open, circumstances) => {
        const reader = createPolicyReader(open.accounts, open.stage, open.organization);
        const { caller } = request;
        const further = caller === undefined ? undefined : await findFurtherCaller(open, caller, reader);
        const chain =
          further === undefined
            ? await walkPair(await findDeployedPair(open, reader), reader, circumstances)
            : await walkFurtherCaller(further, open, reader, circumstances);
        const callerPart = further && callerPartOf(further, open);
        const notes = await notesOn(open);
        const ofStacks = further === undefined ? chain.links : linksOfStack(chain, further);
        const repair = repairLines(ofStacks, open.stage, open.caller.accountId);
        print({ stage: open.stage, caller, ...chain, repair, callerPart, notes }, () => [
          ...renderChainReport(
            chain,
            `Stage ${open.stage}${caller === undefined ? '' : `, caller ${caller}`}`,
            renderingWith(open.accounts.values(), open.real),
          ),
          ...repair,
          ...(callerPart === undefined ? [] : renderCallerPart(callerPart, open.stage)),
          ...notes.map((note) => `\n${terminalPalette.faint(`note: ${note}`)}`),
        ]);
        return chain.holds ? 0 : 1;
      });
  }
});

async function onStage(
  { stage, context, sessionPolicies }: Assumptions,
  explain: (open: OpenStage, circumstances: Circumstances) => Promise<number>,
): Promise<number> {
  const open = await openStage(stage, localAwsRoot, process.env);
  try {
    return await explain(open, { context, sessionPolicies, now: new Date() });
  } finally {
    open.close();
  }
}

async function walkPair(
  { pair, configuration }: DeployedPair,
  reader: PolicyReader,
  circumstances: Circumstances,
): Promise<Chain> {
  return withConfiguration(configuration, await walkChain(pair, reader, circumstances));
}

async function notesOn({ real, accounts, organization }: OpenStage): Promise<string[]> {
  const unread = [...accounts.values()].map(async (account) =>
    unreadOrganization(account, await organization(account)),
  );
  const notes = [real ? unreadPolicies : undefined, ...(await Promise.all(unread))];
  return notes.filter((note) => note !== undefined);
}

function nothingToExplain(wanted: Wanted): string {
  return 'requestId' in wanted
    ? `The trace has no request ${wanted.requestId}. It holds what local AWS has answered since its start.`
    : 'The trace has no refused request.';
}

/** How explanations are printed: commands run the AWS CLI with the profile of an account. */
function renderingWith(
  accounts: Iterable<{ readonly accountId: string; readonly profile: string }>,
  real = false,
): RenderOptions {
  const env = relative(process.cwd(), stateFiles(localAwsRoot).env);
  const aws = real ? 'aws' : `. ${quoteForShell(env)} && aws`;
  const profiles = new Map([...accounts].map(({ accountId, profile }) => [accountId, profile]));
  return {
    palette: terminalPalette,
    width: terminalWidth,
    fileOfRole,
    cliOf: (accountId) => `${aws} --profile ${quoteForShell(profiles.get(accountId) ?? 'default')}`,
  };
}
