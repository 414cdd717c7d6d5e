/** An account and a region: where a request acts, and where most resources live. */
export interface Scope {
  readonly accountId: string;
  readonly region: string;
}
