/** What a function does now. Its requests belong to the request whose invocation it runs. */
export interface ParentRequest {
  /** Absent if its environment starts by itself, before an invocation. */
  readonly requestId?: string;
  readonly phase: 'init' | 'invocation';
}

/** What the function of each environment does now, by the access key of the environment. */
export type ParentRequests = Map<string, ParentRequest>;
