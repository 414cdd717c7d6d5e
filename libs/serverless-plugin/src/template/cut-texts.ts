import type { PackageCheck } from '../commands/preflight.ts';
import type { TemplateStep } from '../deployment.ts';
import { refuse } from '../mistake.ts';
import { propertiesOf } from '../properties.ts';

/** The characters of the names in templates and in serverless.yml, such as `aws:SourceArn`, `application/json` or `$default`. */
const NAME = /^[\w.:/$@*-]+$/;

/** A name of CloudFormation, such as `MetricName`. In the schemas of AWS, a map with such names has no others. */
const PROPERTY = /^[A-Z][A-Za-z0-9]*$/;

/**
 * Refuses names without a value that are the rest of a text: a comma ends a text in `{ … }`, so `{ Expression: FILL(a, 0) / b }` has the
 * names `Expression` and `0) / b`. The framework removes the second, and nothing would tell the owner before AWS refuses the first, or
 * takes it. `null` under a usual name is legal.
 */
export const checkTexts: TemplateStep = ({ Resources, ...parts }) => {
  refuse([
    ...Object.entries(Resources).flatMap(([id, resource]) => {
      const { Properties, ...attributes } = propertiesOf(resource);
      return [...cutTexts(Properties, id), ...cutTexts(attributes, id)];
    }),
    ...Object.entries(parts).flatMap(([name, part]) => cutTexts(part, name)),
  ]);
};

/** No comma cuts a text of functions, their events and `provider` in serverless.yml: {@link checkTexts}. The framework removes their nulls, too. */
export const checkTextsOfFunctions: PackageCheck = ({ service: { functions, provider } }) => {
  refuse([...cutTexts(functions, 'functions'), ...cutTexts(provider, 'provider')]);
};

/** @param path of the value, e.g. `ClientErrorAlarm.Metrics.2` */
function cutTexts(value: unknown, path: string): string[] {
  const members = Object.entries(propertiesOf(value));
  const given = members.filter(([, member]) => member !== null).map(([name]) => name);
  const hasProperties =
    given.some((name) => /[a-z]/.test(name)) && given.every((name) => PROPERTY.test(name));
  const isUsual = (name: string) =>
    Array.isArray(value) || ((hasProperties ? PROPERTY : NAME).test(name) && /[A-Za-z]/.test(name));
  return members.flatMap(([name, member]) => {
    if (member !== null) return cutTexts(member, `${path}.${name}`);
    return isUsual(name)
      ? []
      : [
          `${path} has "${name}" without a value: a text before it has a comma, and needs quotation marks. If no text was cut, remove the name.`,
        ];
  });
}
