import { randomInt } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { Lag, type LagOptions } from '../../../core/lag.ts';
import type { Scope } from '../../../core/scope.ts';
import { badRequest, conflict, found } from './errors.ts';

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>;

/** An API or a domain name. It belongs to an account and region, and may have parts. */
export interface Owned extends Scope {
  readonly id: string;
  tags: Tags;
}

interface OwnerKind<IdProperty extends string = string> {
  /** The template property of a part that has the owner's ID. */
  readonly idProperty: IdProperty;
  /** The first segment of the paths in permissions. */
  readonly collection: string;
  /** The message of the error for an ID that does not exist. */
  missing(id: string, scope: Scope): string;
}

/** APIs or domain names of all accounts and regions. Each account and region sees only its items. */
export abstract class OwnedCollection<Item extends Owned, IdProperty extends string = string> {
  abstract readonly kind: OwnerKind<IdProperty>;
  protected readonly items = new Map<string, Item>();

  /** The items of an account and region by ID, oldest first. */
  all({ accountId, region }: Scope): ReadonlyMap<string, Item> {
    return new Map(
      [...this.items].filter(([, item]) => item.accountId === accountId && item.region === region),
    );
  }

  find({ accountId, region }: Scope, id: string): Item | undefined {
    const item = this.items.get(id);
    return item?.accountId === accountId && item.region === region ? item : undefined;
  }

  get(scope: Scope, id: string): Item {
    return found(this.find(scope, id), this.kind.missing(id, scope));
  }

  delete(scope: Scope, id: string): void {
    if (this.find(scope, id) !== undefined) this.items.delete(id);
  }
}

/** The fields that all kinds of APIs have. */
export interface AnyApi<Settings = object> extends Owned {
  readonly createdDate: Date;
  readonly settings: {
    readonly name: string;
    readonly disableExecuteApiEndpoint: boolean;
    readonly endpointConfiguration?: {
      readonly types: readonly string[];
      readonly vpcEndpointIds?: readonly string[];
    };
  };
  readonly stages: Map<string, Stage<Settings>>;
}

/** A stage of an API: a name in its URLs, with settings. */
export interface Stage<Settings> {
  readonly stageName: string;
  readonly createdDate: Date;
  lastUpdatedDate: Date;
  settings: Settings;
  tags: Tags;
}

/** A stage as the data plane sees it, without the settings. */
export interface DeployedStageOf<Protocol, DeployedApi> extends Scope {
  readonly protocol: Protocol;
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly api: DeployedApi;
  /** Whether `https://<apiId>.execute-api.…` is disabled (`DisableExecuteApiEndpoint`). */
  readonly defaultEndpointDisabled: boolean;
  /** The VPC endpoints of a private API. Absent if it is public. */
  readonly privateTo?: readonly string[];
}

interface ApiKind<IdProperty extends string, Protocol> extends OwnerKind<IdProperty> {
  readonly protocol: Protocol;
  readonly stageName: RegExp;
  readonly stageNameRule: string;
  missingStage(stageName: string): string;
}

/** The APIs of one kind, and their stages as callers see them: they see changes with a lag. */
export abstract class ApiCollection<
  Api extends AnyApi<Settings>,
  Settings extends object,
  DeployedApi,
  Protocol,
  IdProperty extends string,
> extends OwnedCollection<Api, IdProperty> {
  abstract override readonly kind: ApiKind<IdProperty, Protocol>;
  readonly clock: Clock;
  readonly #lag: Lag<DeployedStageOf<Protocol, DeployedApi> & Settings>;

  constructor(lag: LagOptions) {
    super();
    this.clock = lag.clock;
    this.#lag = new Lag(lag);
  }

  /** The API that a stage serves; `undefined` if nothing is deployed to the stage. */
  protected abstract deployedApi(api: Api, stage: Stage<Settings>): DeployedApi | undefined;

  stage(api: Api, stageName: string): Stage<Settings> {
    return found(api.stages.get(stageName), this.kind.missingStage(stageName));
  }

  addStage(api: Api, stageName: string, settings: Settings, tags: Tags = {}): Stage<Settings> {
    if (!this.kind.stageName.test(stageName)) throw badRequest(this.kind.stageNameRule);
    if (api.stages.has(stageName)) throw conflict('Stage already exists');
    const now = this.clock.now();
    const stage = { stageName, createdDate: now, lastUpdatedDate: now, settings, tags };
    this.updateStage(api, stage, settings);
    return stage;
  }

  updateStage(api: Api, stage: Stage<Settings>, settings: Settings): void {
    this.changing(api, stage.stageName);
    stage.settings = settings;
    stage.lastUpdatedDate = this.clock.now();
    api.stages.set(stage.stageName, stage);
  }

  /** Must be called before a stage changes. */
  protected changing(api: Api, stageName: string): void {
    this.#lag.changing(`${api.id}/${stageName}`, () => this.#deployedStage(api, stageName));
  }

  /** All stages that have a deployed API. */
  deployedStages() {
    return [...this.items.values()].flatMap((api) =>
      [...api.stages.keys()].flatMap((name) => this.#deployedStage(api, name) ?? []),
    );
  }

  /** A stage as callers see it: with a lag. */
  findStage(apiId: string, region: string, stageName: string) {
    const api = this.#inRegion(apiId, region);
    return this.#lag.seen(`${apiId}/${stageName}`, api && this.#deployedStage(api, stageName));
  }

  /** The names of an API's stages; `undefined` if there is no such API of this kind. */
  stageNames(apiId: string, region: string): Pick<ReadonlySet<string>, 'has'> | undefined {
    return this.#inRegion(apiId, region)?.stages;
  }

  #inRegion(apiId: string, region: string): Api | undefined {
    const api = this.items.get(apiId);
    return api?.region === region ? api : undefined;
  }

  #deployedStage(api: Api, stageName: string) {
    const stage = api.stages.get(stageName);
    const deployed = stage && this.deployedApi(api, stage);
    if (stage === undefined || deployed === undefined) return undefined;
    const { id: apiId, accountId, region, settings } = api;
    return {
      ...stage.settings,
      protocol: this.kind.protocol,
      apiId,
      apiName: settings.name,
      accountId,
      region,
      stageName,
      api: deployed,
      defaultEndpointDisabled: settings.disableExecuteApiEndpoint,
      ...(isPrivate(api) && { privateTo: settings.endpointConfiguration?.vpcEndpointIds ?? [] }),
    };
  }
}

/** Whether only VPCs can call an API. */
export function isPrivate({ settings }: Pick<AnyApi, 'settings'>): boolean {
  return settings.endpointConfiguration?.types.includes('PRIVATE') === true;
}

/** An ID in API Gateway's format: digits and lower-case letters. */
export function randomId(length: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}
