import type { Clock } from '../../../core/clock.ts';
import { Lag, type LagOptions } from '../../../core/lag.ts';
import type { Scope } from '../../../core/scope.ts';
import { notFound } from './errors.ts';

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

/** What an API has, whatever its kind. */
export interface AnyApi extends Scope {
  readonly id: string;
  readonly createdDate: Date;
  tags: Tags;
  readonly stages: ReadonlyMap<string, object>;
}

/** How templates and permissions name the APIs of a kind. */
export interface ApiKind<IdProperty extends string> {
  /** The property with the ID of the API that something is a part of. */
  readonly idProperty: IdProperty;
  /** The first segment of the paths in permissions. */
  readonly collection: string;
  /** The verb that sets tags. */
  readonly tagVerb: 'PUT' | 'POST';
}

/** The APIs of one kind, of every account and region, and their stages as callers see them: changes spread with a lag. */
export abstract class ApiCollection<Api extends AnyApi, DeployedStage, IdProperty extends string> {
  abstract readonly kind: ApiKind<IdProperty>;
  readonly clock: Clock;
  readonly #apis = new Map<string, Api>();
  readonly #lag: Lag<DeployedStage>;

  constructor(lag: LagOptions) {
    this.clock = lag.clock;
    this.#lag = new Lag(lag);
  }

  /** A stage with the deployment that it points to; `undefined` if it points to none. */
  protected abstract deployedStage(api: Api, stageName: string): DeployedStage | undefined;

  protected add(api: Api): Api {
    this.#apis.set(api.id, api);
    return api;
  }

  /** The APIs of this account and region, oldest first. */
  apis({ accountId, region }: Scope): Api[] {
    return [...this.#apis.values()].filter((api) => api.accountId === accountId && api.region === region);
  }

  findApi({ accountId, region }: Scope, id: string): Api | undefined {
    const api = this.#inRegion(id, region);
    return api?.accountId === accountId ? api : undefined;
  }

  /** @throws AwsError `NotFoundException` */
  api(scope: Scope, id: string): Api {
    return found(this.findApi(scope, id), `Invalid API identifier specified ${scope.accountId}:${id}`);
  }

  deleteApi(scope: Scope, id: string): void {
    if (this.findApi(scope, id) !== undefined) this.#apis.delete(id);
  }

  /** Every stage that points to a deployment. */
  deployedStages(): DeployedStage[] {
    return [...this.#apis.values()].flatMap((api) =>
      [...api.stages.keys()].flatMap((name) => this.deployedStage(api, name) ?? []),
    );
  }

  /** A stage as callers see it. */
  findStage(apiId: string, region: string, stageName: string): DeployedStage | undefined {
    const api = this.#inRegion(apiId, region);
    return this.#lag.seen(`${apiId}/${stageName}`, api && this.deployedStage(api, stageName));
  }

  /** The names of an API's stages; `undefined` if there is no such API of this kind. */
  stageNames(apiId: string, region: string): Pick<ReadonlySet<string>, 'has'> | undefined {
    return this.#inRegion(apiId, region)?.stages;
  }

  /** Must be called before a stage changes. */
  protected changing(api: Api, stageName: string): void {
    this.#lag.changing(`${api.id}/${stageName}`, () => this.deployedStage(api, stageName));
  }

  #inRegion(apiId: string, region: string): Api | undefined {
    const api = this.#apis.get(apiId);
    return api?.region === region ? api : undefined;
  }
}

/** @throws AwsError `NotFoundException` with the message if a part is absent */
export function found<Part>(part: Part | undefined, message: string): Part {
  if (part === undefined) throw notFound(message);
  return part;
}
