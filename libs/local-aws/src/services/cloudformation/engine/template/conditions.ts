import { attempt, templateError, validationError } from './errors.ts';
import { isObject, itemsOf, type Json, member, scalarText } from './json.ts';
import { parameterValues } from './parameters.ts';
import { isKnown, resolve, type TemplateValues, templateBudget } from './resolve.ts';
import type { Template } from './template.ts';

type Conditions = Template['conditions'];
type RuleSections = Pick<Template, 'rules' | 'parameters' | 'mappings'>;

/** Makes the function that evaluates a condition by its name, and remembers the result. */
export function conditionEvaluator(conditions: Conditions, environment: Omit<TemplateValues, 'isTrue'>) {
  const decided = new Map<string, boolean>();
  const deciding = new Set<string>();

  const isTrue = (name: string): boolean => {
    const known = decided.get(name);
    if (known !== undefined) return known;
    const expression = conditions.get(name);
    if (expression === undefined) throw templateError(`unresolved condition dependency ${name}`);
    if (deciding.has(name))
      throw templateError(`Found circular condition dependency between ${[...deciding].join(' and ')}`);
    deciding.add(name);
    const value = evaluate(expression);
    deciding.delete(name);
    decided.set(name, value);
    return value;
  };

  const evaluate = booleanEvaluator({ ...environment, isTrue }, 'condition');
  return isTrue;
}

/**
 * The template without the resources and outputs whose condition does not hold, or cannot be evaluated yet.
 * @param parameters the values that are known, also of pseudo parameters
 */
export function liveParts(template: Template, parameters: TemplateValues['parameters']): Template {
  const evaluate = conditionEvaluator(template.conditions, {
    parameters,
    mappings: template.mappings,
    budget: templateBudget(),
    ref: () => undefined,
    getAtt: unknownYet,
    importValue: unknownYet,
    stackOutput: unknownYet,
  });
  const isLive = ([, { Condition }]: readonly [string, { readonly Condition?: string | undefined }]) => {
    if (Condition === undefined) return true;
    const value = attempt(() => evaluate(Condition));
    return !('error' in value) && value.value;
  };
  return {
    ...template,
    resources: new Map([...template.resources].filter(isLive)),
    outputs: new Map([...template.outputs].filter(isLive)),
  };
}

function unknownYet(): never {
  throw templateError('The value is not known before the deployment.');
}

/**
 * Checks the assertions of a template's rules about its parameters. The error describes all that fail
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html).
 */
export function checkRules(template: RuleSections, strings: ReadonlyMap<string, string>) {
  const environment: TemplateValues = {
    mappings: template.mappings,
    budget: templateBudget(),
    parameters: new Map(parameterValues(template, strings)),
    ref: () => undefined,
    isTrue: notInRules('conditions'),
    getAtt: notInRules('resources'),
    importValue: notInRules('exports of other stacks'),
    stackOutput: ({ StackName }) => notInRules('outputs of other stacks')(StackName),
  };
  const evaluate = booleanEvaluator(environment, 'rule');
  const broken = [...template.rules.values()]
    .filter(({ RuleCondition }) => RuleCondition === undefined || evaluate(RuleCondition))
    .flatMap(({ Assertions }) => Assertions.filter(({ Assert }) => !evaluate(Assert)))
    .map(({ AssertDescription, Assert }) => AssertDescription ?? JSON.stringify(Assert));
  if (broken.length > 0) throw validationError(`Template validation error: ${broken.join('. ')}`);
}

function notInRules(what: string) {
  return (name: string): never => {
    throw templateError(`Rules cannot refer to ${what}: ${name}`);
  };
}

/** Makes the function that evaluates condition functions, such as `Fn::Equals`. */
function booleanEvaluator(environment: TemplateValues, kind: 'condition' | 'rule') {
  const comparable = (operand: Json): string => {
    const value = resolve(operand, environment);
    if (!isKnown(value)) throw templateError('Fn::Equals cannot depend on a resource');
    // Scalars are equal if their text is the same: `5` and `"5"`, `true` and `"true"`.
    return scalarText(value) ?? JSON.stringify(value ?? 'undefined');
  };

  const common: Functions = {
    'Fn::Equals': (name, argument) =>
      new Set(operands(name, argument, 2, 2, 'string ').map(comparable)).size === 1,
    'Fn::And': (name, argument) => operands(name, argument, 2, 10).every(evaluate),
    'Fn::Or': (name, argument) => operands(name, argument, 2, 10).some(evaluate),
    'Fn::Not': (name, argument) => !operands(name, argument, 1, 1).every(evaluate),
  };
  const ofConditions: Functions = {
    Condition: (_, argument) => environment.isTrue(scalarText(argument) ?? ''),
  };
  const ofRules: Functions = {
    'Fn::Contains'(name, argument) {
      const [all = null, wanted = null] = operands(name, argument, 2, 2);
      const items = itemsOf((resolve(all, environment) as Json | undefined) ?? null);
      return items.map(comparable).includes(comparable(wanted));
    },
  };
  const functions = { ...common, ...(kind === 'rule' ? ofRules : ofConditions) };

  function evaluate(expression: Json): boolean {
    const [[name, argument] = ['', null], ...more] = isObject(expression) ? Object.entries(expression) : [];
    const apply = more.length === 0 ? member(functions, name) : undefined;
    if (apply !== undefined) return apply(name, argument);
    throw templateError(
      `every ${kind} must be one of ${Object.keys(functions).join(', ')}, not ${JSON.stringify(expression).slice(0, 200)}`,
    );
  }

  return evaluate;
}

type Functions = Readonly<Record<string, (name: string, argument: Json) => boolean>>;

function operands(name: string, argument: Json, least: number, most: number, kind = ''): readonly Json[] {
  if (Array.isArray(argument) && argument.length >= least && argument.length <= most) return argument;
  const count = least === most ? `${least}` : `${least} to ${most}`;
  throw templateError(`every ${name} object requires a list of ${count} ${kind}parameters.`);
}
