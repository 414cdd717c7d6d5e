import { print, terminalPalette } from '@cross-account-api/command-line';
import { printAnswer, renderingWith } from '@cross-account-api/iam/explain-command';
import { answerQuestion, type RenderOptions } from '@cross-account-api/iam/explanation';
import { explain, localRendering, rootOf } from '@cross-account-api/local-aws/explain';
import { exitCodeOf } from '../../call/link.ts';
import {
  noteOnConcurrency,
  noteOnPermissions,
  notesOnUnread,
  unreadOrganizations,
} from '../../call/notes.ts';
import { chainDocument, renderChainReport } from '../../call/render.ts';
import { walkCall } from '../../call/walk-call.ts';
import { knownOperations, operationOf } from '../../project/contract.ts';
import { projectRoot } from '../../project/project.ts';
import { fileOfRole } from '../../project/project-roles.ts';
import { noteOfOtherCalls } from '../../stage/call-choice.ts';
import { callerPartOf, linksOfStack, renderCallerPart } from '../../stage/further-caller.ts';
import { type OpenStage, openStage } from '../../stage/open-stage.ts';
import { requiredPermissions } from '../../stage/required-permissions.ts';
import { resolveStage } from '../../stage/resolve-stage.ts';
import { failedLine } from '../stack-trace/failed-line.ts';
import type { StageExplainOptionValues, StageExplainRequest } from './explain-request.ts';
import { unreadPolicies } from './help.ts';
import { deployCaller, repairLines } from './repair.ts';

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
      return onStage(request.stage, root, async (open) => {
        const { context, sessionPolicies } = request;
        const circumstances = { context, sessionPolicies, now: new Date() };
        const answer = await answerQuestion(
          { ...request.asked, region: open.region },
          open.reader,
          circumstances,
        );
        const unread = notesOnUnread(await unreadOrganizations(open), []);
        const notes = [...answer.notes, ...(open.real ? [unreadPolicies] : []), ...unread];
        return printAnswer({ ...answer, notes }, open.stage, renderingOf(open, root), values.json);
      });

    case 'chain':
      return onStage(request.stage, root, async (open) => {
        const { caller, api, context, sessionPolicies } = request;
        const { further, ...resolved } = await resolveStage(open, { caller, api });
        const { chain, notes: notesOfWalk } = await walkCall(
          { ...resolved.call, context, sessionPolicies },
          resolved.open,
        );
        const others = noteOfOtherCalls('explain', open.stage, open.settings, resolved.choice);
        const notes = [
          ...notesOfWalk,
          ...noteOnPermissions(chain, open.stage),
          ...noteOnConcurrency(chain),
          ...(others ? [others] : []),
        ];
        const callerPart =
          further && callerPartOf(further, { settings: open.settings, accounts: resolved.open.accounts });
        const ofStacks = further === undefined ? chain.links : linksOfStack(chain, further);
        const repair =
          api === undefined ? repairLines(ofStacks, open.stage) : deployCaller(ofStacks, open.stage);
        print(
          values.json,
          { stage: open.stage, caller, api, ...chainDocument(chain), repair, callerPart, notes },
          () => [
            ...renderChainReport(
              chain,
              [`Stage ${open.stage}`, api && `API ${api}`, caller && `caller ${caller}`]
                .filter(Boolean)
                .join(', '),
              // The account of another API can have its own profile.
              renderingOf({ ...open, accounts: resolved.open.accounts }, root),
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
  stage: string,
  root: string,
  explain: (open: OpenStage) => Promise<number>,
): Promise<number> {
  const open = await openStage(stage, root, process.env);
  try {
    return await explain(open);
  } finally {
    open.close();
  }
}

function renderingOf({ real, accounts }: OpenStage, root: string): RenderOptions {
  return real
    ? { ...renderingWith('aws', accounts.values()), fileOfRole }
    : localRendering({ root, fileOfRole }, accounts.values());
}
