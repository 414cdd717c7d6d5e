import type { TemplateStep } from '../deployment.ts';
import { propertiesOf } from '../properties.ts';
import { VARIABLE } from './keys-table.ts';

/** The metric of requests that were answered 503 because their first execution still runs. `ServerErrorAlarm` subtracts it. */
export const POLLS = 'RequestsInProgress';

/**
 * With the setting `alarms`: counts the polls of callers who wait for a request that is being executed. They get a 503 by design, which the
 * access log cannot tell from a failure; the log of a function that remembers keys can.
 */
export const countPolls: TemplateStep = ({ Resources }, { service, stage, settings: { alarms } }) => {
  if (!alarms) return;
  const keyed = Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .filter(
      ({ Properties: { Environment } }) => VARIABLE in propertiesOf(propertiesOf(Environment).Variables),
    )
    .map(({ Properties: { FunctionName } }) => `/aws/lambda/${FunctionName}`);
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type !== 'AWS::Logs::LogGroup' || !keyed.includes(String(Properties.LogGroupName))) continue;
    Resources[`${id}Polls`] = {
      Type: 'AWS::Logs::MetricFilter',
      Properties: {
        LogGroupName: { Ref: id },
        FilterPattern: '{ $.message = "refused" && $.error.name = "RequestInProgress" }',
        MetricTransformations: [
          { MetricNamespace: `${service}-${stage}`, MetricName: POLLS, MetricValue: '1' },
        ],
      },
    };
  }
};
