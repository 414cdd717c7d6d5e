import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseArn } from '@cross-account-api/iam';
import type { RouteFacts } from '@cross-account-api/iam/explanation';
import type { Account } from '../../aws/account.ts';
import { DEFAULT_STAGE } from '../../aws/api-url.ts';
import type { WalkableCall } from '../../call/call.ts';
import { requireRoutes } from '../../call/find-call.ts';
import { findRoute, type MethodAndPath } from '../../call/find-route.ts';
import { ownArnOf } from '../../call/pair.ts';
import { UsageError } from '../../command-line.ts';
import type { Probed } from '../../probes/evaluate.ts';
import { sessionsOf } from '../../probes/observe.ts';
import { sampleOfRoute } from '../../probes/operations.ts';
import { type CallFacts, probesOfCall } from '../../probes/probes-of-call.ts';
import type { VerificationPlan } from './verify-open-call.ts';

/** What only a call of a stage has. */
export interface OfStage {
  /** The event of the user with which the function makes the call. `undefined`: none */
  readonly event: unknown;
  /** The ID of the caller's account, if that is not account B of the stage. */
  readonly furtherAccountId?: string | undefined;
  /** The setting that has the routes of the call. @example 'dev.apis.billing.routes' */
  readonly routesSetting: string;
}

/** Whether a request of this method changes nothing. */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Plans the probes that apply to a call of any API.
 * @param allowWrite whether other methods than GET and HEAD may be sent
 * @throws UsageError if no route may be sent
 */
export async function planCall(
  probed: Probed,
  allowWrite: boolean,
  ofStage?: OfStage,
): Promise<VerificationPlan> {
  requireRoutes(probed.call, probed.found.pair);
  const { api, notes } = await describe(probed, allowWrite, ofStage);
  if (api.samples.length === 0) {
    throw new UsageError(
      `There is no route that may be sent. ${ofStage === undefined ? 'Give --route "GET /path"' : `Name one in ${ofStage.routesSetting} of services/stages.yml`}, with --allow-write if there is no GET.`,
    );
  }
  return { probes: probesOfCall(api), conclude: async () => ({ notes }) };
}

/** The facts about a call that its probes need. */
async function describe(
  { call, open, found: { side, pair } }: Probed,
  allowWrite: boolean,
  ofStage: OfStage | undefined,
): Promise<{ readonly api: CallFacts; readonly notes: readonly string[] }> {
  const { callerArn, roleArn, externalId, api: url } = call;
  const facts = pair?.reading.known === 'ID' ? undefined : pair?.api;
  const isSigned = ({ authorizationType }: RouteFacts) => authorizationType === 'AWS_IAM';
  const asked: readonly MethodAndPath[] =
    call.routes ?? facts?.routes.filter((route) => isSafe(route.method) && isSigned(route)) ?? [];
  const caller = parseArn(callerArn);
  const callerAccount = open.accounts.get(caller.accountId);
  const callerRoleArn = ownArnOf(side.caller);
  const identity = callerAccount && (await identityOf(callerAccount));
  const isCaller =
    identity !== undefined &&
    callerRoleArn !== undefined &&
    identity.startsWith(`${sessionsOf(callerRoleArn)}/`);
  const apiAccountId = open.api?.accountId ?? call.apiAccountId;
  return {
    api: {
      samples: asked.map(sampleOfRoute),
      region: url?.kind === 'default' ? url.region : (call.region ?? open.api?.sdk.region ?? 'us-east-1'),
      called: asked.flatMap((route) => findRoute(route, facts?.routes ?? []) ?? []),
      routes: facts?.routes,
      // Only an HTTP API has a URL without a stage.
      protocol:
        facts?.protocol ?? (url?.kind === 'default' && url.stage === DEFAULT_STAGE ? 'HTTP' : undefined),
      profiles: [
        ...(open.api === undefined ? [] : (['account A'] as const)),
        ...(callerAccount === undefined ? [] : (['account B'] as const)),
      ],
      furtherAccountId: ofStage?.furtherAccountId,
      isAcrossAccounts: caller.accountId !== apiAccountId,
      allowWrite,
      isCaller,
      event: ofStage?.event,
      callerRoleArn,
      roleArn,
      externalId,
    },
    notes: isCaller
      ? []
      : ofStage === undefined
        ? [notTheCaller(call, identity)]
        : notesOfFunction(ofStage, call),
  };
}

/** A function alone has its role, and only an event of the user says how it makes the call. */
function notesOfFunction({ event }: OfStage, { callerArn }: WalkableCall): readonly string[] {
  if (event !== undefined) return [];
  return [
    `The call itself was not made: only ${callerArn} can make it. Give the event with which it does, if it may be sent: --event JSON.`,
  ];
}

function notTheCaller({ callerArn, callerProfile }: WalkableCall, identity: string | undefined): string {
  const reason =
    identity === undefined ? 'No --caller-profile was given' : `Profile "${callerProfile}" is ${identity}`;
  return `The call itself was not made: only ${callerArn} can make it. ${reason}. With a --caller-profile that has a session of the caller's role, it is made.`;
}

async function identityOf(account: Account): Promise<string | undefined> {
  const sts = new STSClient(account.sdk);
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  } finally {
    sts.destroy();
  }
}
