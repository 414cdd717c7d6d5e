import type { Clock } from '../../../core/clock.ts';
import type { FunctionVersion, LambdaFunction } from '../store.ts';
import { conflict } from './errors.ts';
import { functionArn } from './function-name.ts';

/** What a client sees of a change in progress (https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html). */
export type FunctionStates = ReturnType<typeof createFunctionStates>;

/**
 * The states of functions. On AWS, a function that was created is `Pending` for a moment, and a changed one `InProgress`.
 * @param changeMs the time that a change by the API takes, in milliseconds. Stacks wait for it, so their changes take none
 * @param unseenMs without `changeMs`: the time, in milliseconds of the machine, in which an update that no client has seen complete refuses
 *   the next one. So a script that does not wait fails here as on AWS, and one that waits loses no time
 */
export function createFunctionStates({
  clock,
  changeMs,
  unseenMs = 0,
}: {
  readonly clock: Clock;
  readonly changeMs: number;
  readonly unseenMs?: number | undefined;
}) {
  const unseen = new WeakMap<FunctionVersion, number>();
  const changes = new WeakMap<
    FunctionVersion,
    {
      readonly kind: 'create' | 'update';
      readonly until: number;
      readonly replaced?: FunctionVersion | undefined;
    }
  >();

  const isUnseen = (version: FunctionVersion) => (unseen.get(version) ?? 0) > performance.now();

  const changeOf = (version: FunctionVersion) => {
    const change = changes.get(version);
    return change !== undefined && change.until > clock.now().getTime() ? change : undefined;
  };

  function checkActive(version: FunctionVersion): void {
    if (changeOf(version)?.kind !== 'create') return;
    throw conflict(
      'The operation cannot be performed at this time. The function is currently in the following state: Pending',
    );
  }

  return {
    /** Begins the change that made this version. @param replaced the version that an update replaced */
    begin(version: FunctionVersion, kind: 'create' | 'update', replaced?: FunctionVersion): void {
      if (changeMs > 0) changes.set(version, { kind, until: clock.now().getTime() + changeMs, replaced });
      else if (kind === 'update') unseen.set(version, performance.now() + unseenMs);
    },
    /** A client reads the state of this version. */
    see(version: FunctionVersion): void {
      unseen.delete(version);
    },
    /**
     * The version that an invocation runs: while an update is in progress, the code and the configuration from before.
     * @throws AwsError `ResourceConflictException` if the version cannot be invoked yet
     */
    ready(version: FunctionVersion): FunctionVersion {
      checkActive(version);
      // The client sees that the version runs.
      unseen.delete(version);
      return changeOf(version)?.replaced ?? version;
    },
    /** @throws AwsError `ResourceConflictException` if a change of the function is in progress */
    checkIdle(changed: LambdaFunction): void {
      checkActive(changed.latest);
      if (changeOf(changed.latest) === undefined && !isUnseen(changed.latest)) return;
      throw conflict(
        `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(changed)}`,
      );
    },
    /** The members of a description that say the state. */
    describe(version: FunctionVersion): object {
      const kind = changeOf(version)?.kind ?? (isUnseen(version) ? 'update' : undefined);
      if (kind === 'create') {
        const StateReason = 'The function is being created.';
        return { State: 'Pending', StateReason, StateReasonCode: 'Creating' };
      }
      if (kind === undefined) return { State: 'Active', LastUpdateStatus: 'Successful' };
      return {
        State: 'Active',
        LastUpdateStatus: 'InProgress',
        LastUpdateStatusReason: 'The function is being created.',
        LastUpdateStatusReasonCode: 'Creating',
      };
    },
  };
}
