import type { FunctionStep } from '../deployment.ts';
import type { FunctionDefinition, ProviderOfFunctions, Service } from '../framework.ts';
import type { Fault } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';
import type { StageSettings } from '../settings/read.ts';

/**
 * Adds statements to the role of a function. Without `iamRoleStatements`, it has the framework's default role, with the statements of
 * `provider`. With them, serverless-iam-roles-per-function gives it one of its own: so it inherits these statements, unless its owner wrote
 * otherwise.
 */
export function addStatements(
  definition: FunctionDefinition,
  statements: readonly Readonly<Record<string, unknown>>[],
): void {
  if (definition.iamRoleStatements === undefined) definition.iamRoleStatementsInherit ??= true;
  definition.iamRoleStatements = [...(definition.iamRoleStatements ?? []), ...statements];
}

/**
 * Where serverless.yml names the role that a function has in place of a generated one.
 * @returns `undefined` if it names none
 * @see https://github.com/oss-serverless/osls/blob/4.x/lib/plugins/aws/provider.js `getCustomExecutionRole`
 */
export function ownRoleOf(
  name: string,
  { role }: FunctionDefinition,
  { iam, role: ofAll }: ProviderOfFunctions,
): string | undefined {
  if (role) return `functions.${name}.role`;
  const { role: named } = propertiesOf(iam);
  const isNamed =
    typeof named === 'string' || Object.keys(propertiesOf(named)).some((key) => key.includes('::'));
  if (isNamed) return 'provider.iam.role';
  return ofAll === undefined ? undefined : 'provider.role';
}

/**
 * The reasons why a function cannot get the statements of a step.
 * @param why it gets them, such as `with "calls"`
 */
export function grantFaults(
  name: string,
  definition: FunctionDefinition,
  provider: ProviderOfFunctions,
  why: string,
): readonly Fault[] {
  const path = ownRoleOf(name, definition, provider);
  if (path !== undefined) {
    return [
      {
        path,
        rule: `is a role of your own: ${why}, the function "${name}" needs statements, and serverless-iam-roles-per-function adds them to roles that it makes only.`,
        remedy: `Remove it, and write what the role may do as functions.${name}.iamRoleStatements.`,
      },
    ];
  }
  return managedPolicyFaults(name, definition, provider, why);
}

/** The reasons why a function would lose the managed policies of `provider` with the statements of a step. */
function managedPolicyFaults(
  name: string,
  definition: FunctionDefinition,
  provider: ProviderOfFunctions,
  why: string,
): readonly Fault[] {
  const { managedPolicies = provider.iamManagedPolicies } = propertiesOf(propertiesOf(provider.iam).role);
  const hasManaged = Array.isArray(managedPolicies) && managedPolicies.length > 0;
  const { iamRoleStatements, iamRoleStatementsInherit: inherits } = definition;
  if (!hasManaged || iamRoleStatements !== undefined || inherits === false) return [];
  return [
    {
      path: `functions.${name}`,
      rule: `has the managed policies of provider. ${upper(why)}, serverless-iam-roles-per-function makes a role for it, which has none of them.`,
      remedy:
        'Write what it needs of them as its iamRoleStatements, or iamRoleStatements: [] if it needs nothing.',
    },
  ];
}

/**
 * The functions that would lose the managed policies of `provider`, because a step gives them a role of their own.
 * @param step is made with copies of the functions
 * @param why it adds statements, such as `with the setting privateApi`
 */
export function lossesOf(
  step: FunctionStep,
  { functions = {}, provider, custom }: Pick<Service, 'functions' | 'provider' | 'custom'>,
  settings: StageSettings,
  why: string,
): readonly Fault[] {
  const after = structuredClone(functions);
  step(after, settings, custom, provider);
  return Object.entries(functions).flatMap(([name, definition]) =>
    after[name]?.iamRoleStatements === undefined ? [] : managedPolicyFaults(name, definition, provider, why),
  );
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** The statements that every function has that inherits from `provider`. */
export function providerStatements({ iam, iamRoleStatements }: ProviderOfFunctions): readonly unknown[] {
  const statements = iam === undefined ? iamRoleStatements : propertiesOf(propertiesOf(iam).role).statements;
  return Array.isArray(statements) ? statements : [];
}
