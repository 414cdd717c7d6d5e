import type { Clock } from '../../core/clock.ts';
import type { Scope } from '../../core/scope.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import { parameterOperations } from './operations/parameters.ts';
import { parameterType } from './resources/parameter.ts';
import { ParameterStore } from './store.ts';

/** Systems Manager as the rest of local AWS uses it. */
export type SsmService = ReturnType<typeof createSsmService>;

/** AWS Systems Manager: its Parameter Store, in memory. */
export function createSsmService({ clock }: { readonly clock: Clock }) {
  const store = new ParameterStore(clock);
  return {
    endpoint: jsonEndpoint({
      signingName: 'ssm',
      targetPrefix: 'AmazonSSM',
      version: '1.1',
      operations: parameterOperations(store),
    }),
    resourceTypes: [parameterType(store)],
    /** A parameter's value; `undefined` if it does not exist. @param selector a name, with or without a version: `/name:3` */
    read: (scope: Scope, selector: string) => store.findVersion(scope, selector)?.[1].value,
  };
}
