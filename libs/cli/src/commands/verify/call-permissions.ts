import { parseArn } from '@cross-account-api/iam';
import { allow } from '../../aws/permission.ts';
import type { Call } from '../../call/call.ts';
import { callPermissions } from '../../call/call-permissions.ts';

/**
 * The policies for the profiles of both accounts, to verify a call of any API. They allow reading. The caller's also
 * allows the actions that the probes try.
 */
export function requiredPermissionsOfCall(call: Call): ReturnType<typeof callPermissions> {
  const { caller, api } = callPermissions(call);
  const { partition } = parseArn(call.callerArn ?? call.roleArn ?? 'arn:aws:');
  const place = call.api?.kind === 'default' ? call.api.region : (call.region ?? '*');
  const owner = call.apiAccountId ?? '*';
  const apiId = call.api?.kind === 'default' ? call.api.apiId : '*';
  const arn = (text: string) => `arn:${partition}:${text}`;
  const tries = [
    allow('InvokeRoutes', [arn(`execute-api:${place}:${owner}:${apiId}/*`)]),
    allow('InvokeFunctions', [arn(`lambda:${place}:${owner}:function:*`)]),
    ...(call.roleArn === undefined ? [] : [allow('AssumeRole', [call.roleArn])]),
  ];
  const { policy } = caller;
  return { api, caller: { ...caller, policy: { ...policy, Statement: [...policy.Statement, ...tries] } } };
}
