import type { WalkableCall } from '../../call/call.ts';
import type { MethodAndPath } from '../../call/find-route.ts';
import { openCall } from '../../call/open-call.ts';
import { callOf } from '../../call-of.ts';
import { UsageError } from '../../command-line.ts';
import { isSafe, planCall } from './plan-call.ts';
import { type Verification, type VerifyOptions, verifyOpenCall } from './verify-open-call.ts';

/** The options of a verification of a call of any API. */
export interface VerifyCallOptions extends VerifyOptions {
  /** Whether other methods than GET and HEAD may be sent. */
  readonly allowWrite: boolean;
}

/**
 * Refuses routes that could change something.
 * @throws UsageError that names the route and the rule
 */
export function refuseUnsafeRoutes(routes: readonly MethodAndPath[] = [], allowWrite: boolean): void {
  const unsafe = routes.find(({ method }) => !isSafe(method));
  if (unsafe === undefined || allowWrite) return;
  throw new UsageError(
    `--route "${unsafe.method} ${unsafe.path}": a request that gets through is executed, so only GET and HEAD are sent. If this route may be executed, add --allow-write. Else leave it out.`,
  );
}

/**
 * Verifies a call of any API, with the profiles that the user names.
 * @throws UsageError if an option is missing, or no route may be sent
 * @throws ReadError if a profile cannot be used
 */
export async function verifyCall(
  call: WalkableCall,
  { allowWrite, ...options }: VerifyCallOptions,
): Promise<Verification> {
  refuseUnsafeRoutes(call.routes, allowWrite);
  const open = await openCall(call, 'verify');
  const explain = `${callOf('explain')} with the same options`;
  try {
    return await verifyOpenCall(
      { call, open, explain, plan: (found) => planCall({ call, open, found }, allowWrite) },
      options,
    );
  } finally {
    open.close();
  }
}
