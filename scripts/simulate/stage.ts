import type { Change } from './plan.ts';

/** The settings of the deployed functions, and the values that the API admits now. */
export interface Stage {
  /** Whether the API's functions are those of a contract with the mark `idempotencyKey`. */
  apiRemembers: boolean;
  /** Counts the tables: a removed table loses its items. */
  table: number;
  /** How the callers sign, and whether they use the custom domain and send keys, by the contract with which they were deployed. */
  readonly caller: {
    accessMode: 'assume-role' | 'resource-policy';
    basePath: boolean;
    externalId: string;
    sendsKeys: boolean;
  };
  /** The values that the API and the roles' trust policies admit. */
  readonly admitted: { accessModes: Set<string>; externalIds: Set<string> };
}

/** A deployment of one of the services. */
export interface SimulatedDeployment {
  readonly at: number;
  readonly service: 'api' | 'caller';
  readonly what: string;
  apply(stage: Stage): void;
}

/** The stage at the beginning. @param remembersKeys whether the contract has the mark `idempotencyKey` */
export function firstStage(remembersKeys: boolean): Stage {
  return {
    apiRemembers: remembersKeys,
    table: 1,
    caller: {
      accessMode: 'assume-role',
      basePath: false,
      externalId: 'external-id-1',
      sendsKeys: remembersKeys,
    },
    admitted: { accessModes: new Set(['assume-role']), externalIds: new Set(['external-id-1']) },
  };
}

/** The longest time for which invocations of the caller may run with an earlier deployment. */
const DRAIN_MS = 21_000;

/**
 * The deployments of a change, in the order of services/README.md, "Change without an outage". Each replaces all environments of its
 * service.
 */
export function deploymentsOf({ at, gapMs, setting, first }: Change, index: number): SimulatedDeployment[] {
  const then = at + gapMs;
  const later = then + DRAIN_MS;
  const deploy = (
    time: number,
    service: SimulatedDeployment['service'],
    what: string,
    apply: SimulatedDeployment['apply'] = () => {},
  ): SimulatedDeployment => ({ at: time, service, what: `${setting}: ${what}`, apply });
  switch (setting) {
    case 'mark': {
      const send = deploy(first === 'caller' ? at : then, 'caller', 'sends no keys', ({ caller }) => {
        caller.sendsKeys = false;
      });
      const remember = deploy(first === 'caller' ? then : at, 'api', 'remembers no keys', (stage) => {
        stage.apiRemembers = false;
        stage.table += 1;
      });
      return [
        send,
        remember,
        deploy(later, 'api', 'remembers keys again', (stage) => {
          stage.apiRemembers = true;
        }),
        deploy(later + gapMs, 'caller', 'sends keys again', ({ caller }) => {
          caller.sendsKeys = true;
        }),
      ];
    }
    case 'access mode':
      return [
        deploy(at, 'api', 'admits both modes', ({ admitted }) => {
          admitted.accessModes.add('resource-policy').add('assume-role');
        }),
        deploy(then, 'caller', 'uses the other mode', ({ caller }) => {
          caller.accessMode = caller.accessMode === 'assume-role' ? 'resource-policy' : 'assume-role';
        }),
        deploy(later, 'api', 'admits one mode', ({ admitted, caller }) => {
          admitted.accessModes = new Set([caller.accessMode]);
        }),
      ];
    case 'base path':
      return [
        deploy(at, 'caller', 'uses the other address', ({ caller }) => {
          caller.basePath = !caller.basePath;
        }),
      ];
    case 'external ID': {
      const id = `external-id-of-change-${index}`;
      return [
        deploy(at, 'api', 'trusts both IDs', ({ admitted }) => {
          admitted.externalIds.add(id);
        }),
        deploy(then, 'caller', 'sends the new ID', ({ caller }) => {
          caller.externalId = id;
        }),
        deploy(later, 'api', 'trusts one ID', ({ admitted, caller }) => {
          admitted.externalIds = new Set([caller.externalId]);
        }),
      ];
    }
    case 'code':
      return [deploy(at, 'api', 'new code'), deploy(then, 'caller', 'new code')];
  }
}
