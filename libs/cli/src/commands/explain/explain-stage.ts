import {
  answerQuestion,
  type Circumstances,
  type PolicyReader,
  type RenderOptions,
  routeName,
} from '@cross-account-api/iam';
import {
  type Assumptions,
  print,
  printAnswer,
  renderingWith,
  terminalPalette,
} from '@cross-account-api/iam/command-line';
import { explain, localRendering, rootOf } from '@cross-account-api/local-aws/explain';
import { readApiUrl } from '../../aws/api-url.ts';
import { find } from '../../aws/find.ts';
import { createPolicyReader } from '../../aws/policy-reader.ts';
import { readStage } from '../../aws/read-stage.ts';
import type { Caller, Pair } from '../../call/call.ts';
import { type Chain, exitCodeOf } from '../../call/link.ts';
import { chainDocument, renderChainReport } from '../../call/render.ts';
import { walkChain } from '../../call/walk.ts';
import { knownOperations, nameOfCall, operationOf } from '../../project/contract.ts';
import { projectRoot } from '../../project/project.ts';
import { fileOfRole } from '../../project/project-roles.ts';
import { type DeployedPair, findDeployedPair, withConfiguration } from '../../stage/deployed-pair.ts';
import {
  callerPartOf,
  findFurtherCaller,
  linksOfStack,
  renderCallerPart,
  walkFurtherCaller,
} from '../../stage/further-caller.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { requiredPermissions } from '../../stage/required-permissions.ts';
import { failedLine } from '../stack-trace/failed-line.ts';
import type { StageExplainOptionValues, StageExplainRequest } from './explain-request.ts';
import { unreadOrganization, unreadPolicies } from './help.ts';
import { repairLines } from './repair.ts';

/**
 * Explains a stage of this project, or what local AWS refused.
 * @returns the exit code
 */
export async function explainStage(
  request: Exclude<StageExplainRequest, { readonly form: 'call' }>,
  values: Pick<StageExplainOptionValues, 'state' | 'json'>,
): Promise<number> {
  const root = rootOf(values.state, () => projectRoot());
  switch (request.form) {
    case 'required-permissions':
      process.stdout.write(`${JSON.stringify(requiredPermissions(request.stage), null, 2)}\n`);
      return 0;

    case 'local': {
      const operations = knownOperations();
      return explain(request.request, {
        root,
        json: values.json,
        fileOfRole,
        locate: failedLine(),
        operationOf: (route) => operationOf(route, operations)?.name,
      });
    }

    case 'stage question':
      return onStage(request, root, async (open, circumstances) => {
        const reader = createPolicyReader(open.accounts, open.stage, open.organization);
        const answer = await answerQuestion({ ...request.asked, region: open.region }, reader, circumstances);
        const notes = [...answer.notes, ...(await notesOn(open))];
        return printAnswer({ ...answer, notes }, open.stage, renderingOf(open, root), values.json);
      });

    case 'chain':
      return onStage(request, root, async (open, circumstances) => {
        const reader = createPolicyReader(open.accounts, open.stage, open.organization);
        const { caller } = request;
        const further = caller === undefined ? undefined : await findFurtherCaller(open, caller, reader);
        const chain =
          further === undefined
            ? await walkPair(
                await servedBy(open, await findDeployedPair(open, reader)),
                reader,
                circumstances,
              )
            : await walkFurtherCaller(await servedBy(open, further), open, reader, circumstances);
        const callerPart = further && callerPartOf(further, open);
        const notes = await notesOn(open);
        const ofStacks = further === undefined ? chain.links : linksOfStack(chain, further);
        const repair = repairLines(ofStacks, open.stage, open.caller.accountId);
        print(
          values.json,
          { stage: open.stage, caller, ...chainDocument(chain), repair, callerPart, notes },
          () => [
            ...renderChainReport(
              chain,
              `Stage ${open.stage}${caller === undefined ? '' : `, caller ${caller}`}`,
              renderingOf(open, root),
            ),
            ...repair,
            ...(callerPart === undefined ? [] : renderCallerPart(callerPart, open.stage)),
            ...notes.map((note) => `\n${terminalPalette.faint(`note: ${note}`)}`),
          ],
        );
        return exitCodeOf[chain.state];
      });
  }
}

async function onStage(
  { stage, context, sessionPolicies }: Assumptions & { readonly stage: string },
  root: string,
  explain: (open: OpenStage, circumstances: Circumstances) => Promise<number>,
): Promise<number> {
  const open = await openStage(stage, root, process.env);
  try {
    return await explain(open, { context, sessionPolicies, now: new Date() });
  } finally {
    open.close();
  }
}

/** Adds the routes and the address of the stage, and the names of the contract. */
async function servedBy<Deployed extends { readonly pair: Pair<Caller>; readonly apiUrl: string }>(
  { api: account }: OpenStage,
  deployed: Deployed,
): Promise<Deployed> {
  const { pair, apiUrl } = deployed;
  const served = await find(account.accountId, () => readStage(account, pair.api, pair.stage));
  const isCustom = readApiUrl(apiUrl).kind === 'custom';
  const address = { url: apiUrl, isCustom, vpcEndpointId: pair.vpcEndpointId };
  const operations = knownOperations();
  const nameOfRoute: Pair['nameOfRoute'] = (route) => nameOfCall(routeName(route), operations);
  const stage = { served: served.facts, servedUnread: served.unread };
  return { ...deployed, pair: { ...pair, ...stage, address, nameOfRoute } };
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

function renderingOf({ real, accounts }: OpenStage, root: string): RenderOptions {
  return real
    ? { ...renderingWith('aws', accounts.values()), fileOfRole }
    : localRendering({ root, fileOfRole }, accounts.values());
}
