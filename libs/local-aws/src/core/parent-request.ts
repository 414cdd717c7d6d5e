/** The request whose invocation a function runs. Requests of the function belong to it. */
export interface ParentRequest {
  readonly requestId: string;
  /** What the function does now. */
  readonly phase: 'init' | 'invocation';
}
