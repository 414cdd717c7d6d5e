import type { Clock } from '../../core/clock.ts';
import type { Scope } from '../../core/scope.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { jsonEndpoint } from '../../protocols/json.ts';
import type { ResourceType } from '../resource-type.ts';
import { parameterOperations } from './operations/parameters.ts';
import { parameterType } from './resources/parameter.ts';
import { ParameterStore } from './store.ts';

/** Systems Manager as the rest of local AWS uses it. */
export interface SsmService {
  readonly endpoint: Endpoint;
  readonly resourceTypes: readonly ResourceType[];
  /** The value of a parameter; `undefined` if there is none. @param selector a name, with or without a version: `/name:3` */
  read(scope: Scope, selector: string): string | undefined;
}

/** AWS Systems Manager: its Parameter Store, in memory. */
export function createSsmService({ clock }: { readonly clock: Clock }): SsmService {
  const store = new ParameterStore(clock);
  return {
    endpoint: jsonEndpoint({
      signingName: 'ssm',
      targetPrefix: 'AmazonSSM',
      version: '1.1',
      operations: parameterOperations(store),
    }),
    resourceTypes: [parameterType(store)],
    read: (scope, selector) => store.findVersion(scope, selector)?.[1].value,
  };
}
