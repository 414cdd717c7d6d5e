import {
  allow,
  chainStatements,
  type PolicyScope,
  policyFor,
  type Statement,
  scopeOf,
} from '../deployed-pair/required-permissions.ts';

/**
 * A policy for the profiles of both accounts, to verify a stage on real AWS. Beside reading, it allows what the probes do
 * and try to do: an attack that fails because the attacker lacks a permission proves nothing.
 * @param stage `*` for all stages
 * @throws SettingsError if a service of this repository has no name that can be read
 */
export function requiredPermissions(stage: string) {
  const scope = scopeOf(stage);
  return policyFor(scope, [...chainStatements(stage, scope), ...probeStatements(stage, scope)]);
}

function probeStatements(stage: string, { api, caller }: PolicyScope): readonly Statement[] {
  return [
    allow(
      'InvokeFunctions',
      ['lambda:InvokeFunction'],
      [`arn:aws:lambda:*:*:function:${caller}`, `arn:aws:lambda:*:*:function:${api}-*`],
    ),
    allow('InvokeRoutes', ['execute-api:Invoke'], [`arn:aws:execute-api:*:*:*/${stage}/*`]),
    // With and without the path that a stage's settings can give its roles.
    allow(
      'TryToAssumeInvokeRole',
      ['sts:AssumeRole'],
      [`arn:aws:iam::*:role/${api}-invoke*`, `arn:aws:iam::*:role/*/${api}-invoke*`],
    ),
    allow(
      'ForgetMessages',
      ['dynamodb:DeleteItem'],
      [`arn:aws:dynamodb:*:*:table/${api}-IdempotencyTable-*`],
    ),
  ];
}
