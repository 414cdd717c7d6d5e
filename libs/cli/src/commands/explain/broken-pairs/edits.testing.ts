import type { Statement } from './documents.testing.ts';
import type { BreakablePair, PolicyName } from './pair.testing.ts';
import type { Shape, Variant } from './templates.testing.ts';

/* Changes that break a pair. */

type Edit = (statements: readonly Statement[]) => readonly Statement[];
export const edit = (name: PolicyName, change: Edit) => (pair: BreakablePair) => pair.edit(name, change);
export const no = (sid: string) => (statements: readonly Statement[]) =>
  statements.filter(({ Sid }) => Sid !== sid);
export const only = (statement: Statement) => () => [statement];
export const more = (statement: Statement) => (statements: readonly Statement[]) => [
  ...statements,
  statement,
];
/** Changes an element of all statements in which it is. */
export const other = (element: string, value: unknown) => (statements: readonly Statement[]) =>
  statements.map((each) =>
    element in each && each.Sid !== undefined ? { ...each, [element]: value } : each,
  );
/** Changes a value in the condition of a statement. */
export const condition =
  (operator: string, key: string, value: string) => (statements: readonly Statement[]) =>
    statements.map((each) => {
      const conditions = (each.Condition ?? {}) as Readonly<Record<string, object>>;
      return { ...each, Condition: { ...conditions, [operator]: { ...conditions[operator], [key]: value } } };
    });

export const never = (Action: string, principal = {}) => ({
  Sid: 'Never',
  Effect: 'Deny',
  ...principal,
  Action,
  Resource: '*',
});
export const everybody = { Principal: '*' };
export const logs = only({ Effect: 'Allow', Action: 'logs:*', Resource: '*' });
export const trusts = (Principal: object) => only({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
export const request =
  (changes: Parameters<BreakablePair['request']>[0]) =>
  (pair: BreakablePair): void =>
    pair.request(changes);
export const inUrl = (from: string, to: string) => (pair: BreakablePair) =>
  pair.request({ api: pair.url.replace(from, to) });

/** Takes the role of a function away from Lambda. Running environments keep their credentials, so none is left. */
export const untrusted = (which: 'caller' | 'backend') => async (pair: BreakablePair) => {
  await pair.renew(which);
  await pair.edit(`${which} trust`, trusts({ Service: 'ec2.amazonaws.com' }));
};
/** Sets the reserved concurrency of a function to 0, as the button "Throttle" of Lambda's console does. */
export const switchedOff = (which: 'caller' | 'backend') => (pair: BreakablePair) => pair.switchOff(which);
export const throttled = (method: string) => (pair: BreakablePair) => {
  const to = (value: string) => ({
    operation: 'UpdateStage' as const,
    input: {
      restApiId: pair.apiId,
      stageName: 'v1',
      patchOperations: ['rate', 'burst'].map((limit) => ({
        op: 'replace',
        path: `/${method}/throttling/${limit}Limit`,
        value,
      })),
    },
  });
  return pair.set(to('0'), to('1000'));
};
export const defaultEndpointDisabled = async (pair: BreakablePair) => {
  const to = (value: string) => ({
    operation: 'UpdateRestApi' as const,
    input: {
      restApiId: pair.apiId,
      patchOperations: [{ op: 'replace', path: '/disableExecuteApiEndpoint', value }],
    },
  });
  await pair.set(to('true'), to('false'));
  await pair.set({ operation: 'CreateDeployment', input: { restApiId: pair.apiId, stageName: 'v1' } });
};
export const deployed = (variant: Variant) => (pair: BreakablePair) => pair.deploy(variant, true);
export const notDeployed = (shape: Shape) => async (pair: BreakablePair) => {
  await pair.deploy({ withPost: true }, false);
  pair.request({ route: [`POST /${shape.api}/7`] });
};
export const admitOtherEndpoint = (pair: BreakablePair) =>
  pair.edit('API policy', condition('StringEquals', 'aws:SourceVpce', pair.vpcEndpointIds.other));
export const source = (arn: string) => condition('ArnLike', 'AWS:SourceArn', arn);
