import { randomUUID } from 'node:crypto';
import type { Authorizer, ConditionKeys, Decision, Principal } from '@cross-account-api/iam';
import { defined } from '../../../core/defined.ts';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { Call } from '../../../pipeline/endpoint.ts';
import { globalContext } from '../../../pipeline/global-context.ts';
import { denialMessage } from '../../../protocols/refusal.ts';
import type { TraceEvent } from '../../../trace/event.ts';
import type { ResourcePermission } from '../../resource-type.ts';

/** With whose rights CloudFormation changes a stack: those of the principal that asked for it, or of the stack's service role. */
export interface Actor {
  readonly principal: Principal;
  /** The request that asked for the change. */
  readonly requestId: string;
  /** The caller's name for the request. */
  readonly clientRequestToken?: string;
  readonly context: ConditionKeys;
}

/** The actor may not change a resource. The resource was not touched. */
export class DeniedError extends AwsError {
  constructor(decision: Exclude<Decision, { allowed: true }>) {
    super('AccessDenied', denialMessage(decision), 403);
  }
}

/** The actor for a request: its caller, unless another principal is given. */
export function actorOf(
  { principal: caller, request, region }: Call,
  principal: Principal = caller,
  clientRequestToken?: string,
): Actor {
  const { 'aws:SourceIp': _, ...context } = globalContext(principal, request, region);
  return {
    principal,
    requestId: request.requestId,
    ...defined({ clientRequestToken }),
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
    context: {
      ...context,
      'aws:ViaAWSService': 'true',
      'aws:CalledVia': [SERVICE],
      'aws:CalledViaFirst': SERVICE,
      'aws:CalledViaLast': SERVICE,
    },
  };
}

/** The service principal of CloudFormation. */
export const SERVICE = 'cloudformation.amazonaws.com';

/** Makes the function that checks permissions before a change. As in CloudTrail, a denial is recorded as a refused request. */
export function permitter(authorizer: Authorizer, record: (event: TraceEvent) => void) {
  return async (
    { actor, accountId, region }: Scope & { readonly actor?: Actor | undefined },
    permissions: readonly ResourcePermission[],
  ): Promise<void> => {
    if (actor === undefined) throw new Error('A stack is changed without an actor.');
    for (const permission of permissions) {
      const { principal, context, requestId } = actor;
      const decision = await authorizer.decide({
        resourceAccountId: accountId,
        ...permission,
        principal,
        context: { ...context, ...permission.context },
      });
      if (decision.allowed) continue;
      const [service = '', operation = ''] = permission.action.split(':');
      record({
        time: new Date(),
        requestId: randomUUID(),
        parentRequestId: requestId,
        accountId: principal.accountId,
        principal: principal.arn,
        service,
        region,
        operation,
        decisions: [decision],
        refusal: { step: 'authorization', decision },
        status: 403,
        errorCode: 'AccessDenied',
        durationMs: 0,
      });
      throw new DeniedError(decision);
    }
  };
}
