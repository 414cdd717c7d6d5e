import type { Scope } from '../../../../core/scope.ts';
import { booleanEvaluator, operands } from './conditions.ts';
import { templateError, validationError } from './errors.ts';
import { itemsOf, type Json } from './json.ts';
import { parameterValues } from './parameters.ts';
import { type Environment, resolve } from './resolve.ts';
import type { Template } from './template.ts';

/**
 * Checks what a template's rules assert of its parameters
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html).
 * @param strings the parameters' values
 * @throws AwsError with the descriptions of all assertions that do not hold
 */
export function checkRules(
  { rules, parameters, mappings }: Pick<Template, 'rules' | 'parameters' | 'mappings'>,
  { region }: Scope,
  strings: ReadonlyMap<string, string>,
): void {
  const environment: Environment = {
    region,
    mappings,
    parameters: new Map(parameterValues(parameters, strings)),
    ref: () => undefined,
    isTrue: notInRules('conditions'),
    getAtt: notInRules('resources'),
    importValue: notInRules('exports of other stacks'),
  };
  const evaluate = booleanEvaluator(environment, 'rule', (comparable) => ({
    'Fn::Contains'(name, argument) {
      const [all = null, wanted = null] = operands(name, argument, 2, 2);
      const items = itemsOf((resolve(all, environment) as Json | undefined) ?? null);
      return items.map(comparable).includes(comparable(wanted));
    },
  }));
  const broken = [...rules.values()]
    .filter(({ RuleCondition }) => RuleCondition === undefined || evaluate(RuleCondition))
    .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => !evaluate(Assert)))
    .map(({ AssertDescription, Assert }) => AssertDescription ?? JSON.stringify(Assert));
  if (broken.length === 0) return;
  throw validationError(`Template validation error: ${broken.join('. ')}`);
}

function notInRules(what: string) {
  return (name: string): never => {
    throw templateError(`Rules cannot refer to ${what}: ${name}`);
  };
}
