import { isDeepStrictEqual } from 'node:util';
import { defined } from '../../../core/defined.ts';
import type { PlannedChange } from '../engine/stack.ts';
import { isKnown, type PartialJson, UNKNOWN } from '../engine/template/resolve.ts';

/** Replaces the value of a parameter with `NoEcho`. */
export const MASKED = '****';

/** A value that is not known before the change, as AWS shows it. */
const KNOWN_LATER = '{{changeSet:KNOWN_AFTER_APPLY}}';

/** A value as JSON, in which secrets are masked. */
export function maskedJson(value: unknown, secrets: readonly string[]): string {
  const json = JSON.stringify(value, (_key, inner) => (inner === UNKNOWN ? KNOWN_LATER : inner));
  const escaped = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return escaped.reduce((text, secret) => text.replaceAll(secret, MASKED), json);
}

/** A value of a property as CloudFormation shows it, in which secrets are masked: only objects and lists are JSON. */
export function shownValue(value: unknown, secrets: readonly string[]): string {
  const json = maskedJson(value, secrets);
  return typeof value === 'object' && value !== null ? json : String(JSON.parse(json));
}

/**
 * Which properties of a resource change and why and, for `IncludePropertyValues`, their values before and after the change. As LocalStack's
 * tests recorded it on AWS: tests/aws/services/cloudformation/test_change_set_fn_get_attr.snapshot.json, https://github.com/localstack/localstack
 * @param secrets the values of parameters with `NoEcho`, which are masked
 * @param created the time of the change set, at which drift was detected
 * @param showsValues whether the answer has values
 * @see https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2113
 */
export function changeSetValues(
  { values, replacing = [], drift, causes }: PlannedChange,
  secrets: readonly string[],
  created: Date,
  showsValues: boolean,
) {
  const { before, after, deployed } = values ?? {};
  const show = (value: unknown) => maskedJson(value, secrets);
  const showValue = (value: PartialJson | undefined) =>
    value === undefined ? undefined : shownValue(value, secrets);
  const contextOf = (Properties: object | undefined) => Properties && show({ Properties });
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter((name) => !isDeepStrictEqual(before?.[name], after?.[name]));
  const details = changed.map((name) => {
    const old = before?.[name];
    const next = after?.[name];
    const isDrifted = drift !== undefined && Object.hasOwn(drift.actual, name);
    return {
      Target: defined({
        Attribute: 'Properties',
        Name: name,
        RequiresRecreation: !replacing.includes(name) ? 'Never' : isKnown(next) ? 'Always' : 'Conditionally',
        Path: `/Properties/${name}`,
        BeforeValue: showValue(old),
        AfterValue: showValue(next),
        BeforeValueFrom: drift && (isDrifted ? 'ACTUAL_STATE' : 'PREVIOUS_DEPLOYMENT_STATE'),
        AfterValueFrom: drift && 'TEMPLATE',
        Drift: isDrifted
          ? defined({
              PreviousValue: showValue(deployed?.[name]),
              ActualValue: showValue(old),
              DriftDetectionTimestamp: created,
            })
          : undefined,
        AttributeChangeType: old === undefined ? 'Add' : next === undefined ? 'Remove' : 'Modify',
      }),
      Evaluation: isKnown(next) ? 'Static' : 'Dynamic',
      ...((isKnown(next) ? undefined : causes?.get(name)) ?? { ChangeSource: 'DirectModification' }),
    };
  });
  const Details = before === undefined || after === undefined ? undefined : details;
  if (!showsValues) {
    const withoutValues = Details?.map(({ Target: { Attribute, Name, RequiresRecreation }, ...why }) => {
      return { Target: { Attribute, Name, RequiresRecreation }, ...why };
    });
    return defined({ Details: withoutValues });
  }
  return defined({
    BeforeContext: contextOf(before),
    PreviousDeploymentContext: contextOf(deployed),
    AfterContext: contextOf(after),
    Details,
  });
}
