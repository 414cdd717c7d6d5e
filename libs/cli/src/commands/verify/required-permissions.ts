import { type AllowStatement, allow } from '../../aws/permission.ts';
import { scopeOf } from '../../stage/required-permissions.ts';
import { chainStatements, furtherReads, type PolicyScope, policyFor } from '../../stage/stage-permissions.ts';

/**
 * A policy for the profiles of both accounts, to verify a stage on real AWS. It allows reading, and the actions that the probes
 * take or try: an attack that fails because the attacker lacks a permission proves nothing.
 * @param stage `*` for all stages
 * @param withReport whether the policy also allows to read what `--report` records
 * @throws SettingsError if a service of this repository has no name that can be read
 */
export function requiredPermissions(stage: string, withReport = false) {
  const scope = scopeOf(stage);
  return policyFor(scope, [
    ...chainStatements(stage, scope),
    ...furtherReads(scope),
    ...probeStatements(stage, scope),
    ...(withReport ? reportStatements(scope) : []),
  ]);
}

function reportStatements({ api, caller }: PolicyScope): readonly AllowStatement[] {
  return [
    allow('ReadStackEvents', [
      `arn:aws:cloudformation:*:*:stack/${api}/*`,
      `arn:aws:cloudformation:*:*:stack/${caller}/*`,
    ]),
    allow('ReadAccessLog', [`arn:aws:logs:*:*:log-group:/aws/api-gateway/${api}:*`]),
  ];
}

function probeStatements(stage: string, { api, caller }: PolicyScope): readonly AllowStatement[] {
  return [
    allow('InvokeFunctions', [
      `arn:aws:lambda:*:*:function:${caller}`,
      `arn:aws:lambda:*:*:function:${api}-*`,
    ]),
    allow('InvokeRoutes', [`arn:aws:execute-api:*:*:*/${stage}/*`]),
    // With and without the path that a stage's settings can give its roles.
    allow('TryToAssumeInvokeRole', [
      `arn:aws:iam::*:role/${api}-invoke*`,
      `arn:aws:iam::*:role/*/${api}-invoke*`,
    ]),
    allow('ForgetMessages', [`arn:aws:dynamodb:*:*:table/${api}-IdempotencyTable-*`]),
  ];
}
