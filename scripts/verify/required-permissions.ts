import { allow, chainStatements, policyFor, type Statement } from '../explain/required-permissions.ts';
import { stageNames } from '../lib/stage-settings.ts';

/**
 * A policy for the profiles of both accounts, to verify a stage on real AWS. Beside reading, it allows what the probes do
 * and try to do: an attack that fails because the attacker lacks a permission proves nothing.
 * @param stage `*` for all stages
 */
export function requiredPermissions(stage: string) {
  return policyFor(stage, [...chainStatements(stage), ...probeStatements(stage)]);
}

function probeStatements(stage: string): readonly Statement[] {
  const { api, caller } = stageNames(stage);
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

/** The actions of the policy. */
export const requiredActions = requiredPermissions('*').Statement.flatMap(({ Action }) => Action);
