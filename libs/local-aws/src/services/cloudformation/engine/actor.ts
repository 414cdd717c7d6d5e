import { randomUUID } from 'node:crypto';
import {
  type Authorizer,
  type ConditionKeys,
  type Principal,
  principalContext,
} from '@cross-account-api/iam';
import { AwsError } from '../../../core/errors.ts';
import type { Scope } from '../../../core/scope.ts';
import type { ServiceRequest } from '../../../pipeline/endpoint.ts';
import { requestKeys } from '../../../pipeline/global-context.ts';
import { denialMessage } from '../../../protocols/refusal.ts';
import type { TraceEvent } from '../../../trace/event.ts';
import type { ResourcePermission } from '../../resource-type.ts';

/** The principal whose permissions CloudFormation uses to change a stack (the caller or a service role), and its request. */
export interface StackActor {
  readonly principal: Principal;
  readonly requestId: string;
  /** The caller's name for the request. */
  readonly clientRequestToken: string | undefined;
  readonly context: ConditionKeys;
  /** The same request, with the permissions of another principal. */
  as(principal: Principal): StackActor;
}

/** Makes the actor of a request. @param principal default: the caller @param clientRequestToken the caller's name for the request */
export function actorOf(
  call: ServiceRequest,
  principal = call.principal,
  clientRequestToken?: string,
): StackActor {
  const { request, region } = call;
  const { 'aws:SourceIp': _, ...others } = requestKeys(request, region);
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
  const keys: ConditionKeys = {
    ...others,
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': [SERVICE],
    'aws:CalledViaFirst': SERVICE,
    'aws:CalledViaLast': SERVICE,
  };
  const { requestId } = request;
  const as = (one: Principal): StackActor => ({
    principal: one,
    requestId,
    clientRequestToken,
    context: { ...principalContext(one), ...keys },
    as,
  });
  return as(principal);
}

/** The service principal of CloudFormation. */
export const SERVICE = 'cloudformation.amazonaws.com';

/** Makes the function that checks permissions before a change. As in CloudTrail, a denial is recorded as a refused request. */
export function permitter(authorizer: Authorizer, record: (event: TraceEvent) => void) {
  return async (
    { actor, accountId, region }: Scope & { readonly actor?: StackActor | undefined },
    permissions: readonly ResourcePermission[],
    wordDenial: typeof denialMessage = denialMessage,
  ): Promise<void> => {
    if (actor === undefined) throw new Error('A stack is changed without an actor.');
    const { principal, context, requestId } = actor;
    for (const permission of permissions) {
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
      throw new AwsError('AccessDenied', wordDenial(decision), 403);
    }
  };
}
