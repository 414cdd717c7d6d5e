import { parseArn, splitFunctionArn } from '@cross-account-api/iam';
import { type AllowStatement, allow } from '../aws/permission.ts';
import type { Call } from './call.ts';

/** The policy that one of the two profiles needs. */
export interface SidePermissions {
  /** Absent if it is not known. */
  readonly accountId: string | undefined;
  readonly policy: { readonly Version: string; readonly Statement: readonly AllowStatement[] };
}

/**
 * The policies that explaining a call needs, one for each side. They only allow reading. `sts:GetCallerIdentity` needs no
 * permission.
 */
export function callPermissions(call: Call): {
  readonly caller: SidePermissions;
  readonly api: SidePermissions;
} {
  const { callerArn = '', apiAccountId, api, roleArn } = call;
  const caller = parseArn(callerArn);
  const { partition } = parseArn(callerArn || roleArn || 'arn:aws:');
  const arn = (text: string) => `arn:${partition}:${text}`;
  const region = api?.kind === 'default' ? api.region : (call.region ?? '*');
  const any = apiAccountId ?? '*';
  // A function can run as any role of its account, and its configuration, which names the role, is not read yet.
  const isUser = callerArn.includes(':user/');
  const callerRoles =
    caller.service === 'iam' ? [callerArn] : [arn(`iam::${caller.accountId || '*'}:role/*`)];
  const shared = [
    allow('ReadManagedPolicies', [arn('iam::*:policy/*')]),
    allow('ReadOrganizations', ['*']),
    allow('ReadVpcEndpoints', ['*']),
  ];
  // The ID of an API does not tell its kind.
  const apiArns = ['restapis', 'apis'].flatMap((kind) => {
    const place = `apigateway:${region}::/${kind}/`;
    return api?.kind === 'default'
      ? [arn(`${place}${api.apiId}`), arn(`${place}${api.apiId}/*`)]
      : [arn(`${place}*`)];
  });
  const domain =
    api?.kind === 'custom'
      ? [arn(`apigateway:${region}::/domainnames/${api.domainName}/basepathmappings`)]
      : [];
  return {
    caller: side(caller.accountId || undefined, [
      ...(caller.service === 'iam'
        ? []
        : [allow('ReadCaller', [splitFunctionArn(callerArn).functionArn || arn('lambda:*:*:function:*')])]),
      isUser ? ofUser(callerArn, arn) : allow('ReadRoles', callerRoles),
      ...shared,
    ]),
    api: side(apiAccountId, [
      allow('ReadApi', [...apiArns, ...domain]),
      // The roles of the functions behind the API, too.
      allow('ReadRoles', [arn(`iam::${any}:role/*`)]),
      allow('ReadFunctions', [arn(`lambda:${region}:${any}:function:*`)]),
      allow('ReadFunctionUrls', [arn(`lambda:${region}:${any}:function:*`)]),
      ...shared,
    ]),
  };
}

/** What reads a user with its groups. */
function ofUser(userArn: string, arn: (text: string) => string): AllowStatement {
  return allow('ReadUser', [userArn, arn(`iam::${parseArn(userArn).accountId}:group/*`)]);
}

function side(accountId: string | undefined, Statement: readonly AllowStatement[]): SidePermissions {
  return { accountId, policy: { Version: '2012-10-17', Statement } };
}
