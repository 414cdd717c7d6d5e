import type { Decision } from '../../authorization/decision.ts';

/** Invokes functions for API Gateway. */
export interface LambdaInvoker {
  /**
   * Invokes a function synchronously as the service `apigateway.amazonaws.com`, which the function's policy must allow.
   * @param functionArn with a version or alias where the integration names one
   * @param payload the event as JSON
   */
  invokeForApiGateway(functionArn: string, payload: Buffer, source: InvocationSource): Promise<InvokeOutcome>;
}

/** On whose behalf API Gateway invokes. */
export interface InvocationSource {
  /** `aws:SourceArn`: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<resource path>` */
  readonly sourceArn: string;
  /** `aws:SourceAccount`: the API's account. */
  readonly sourceAccount: string;
  /** The X-Ray trace header. */
  readonly traceId: string;
  /** The request during which the invocation happens. */
  readonly requestId: string;
}

/** What came of an invocation. */
export type InvokeOutcome = {
  /** Whether API Gateway may invoke the function, and why; for the trace. */
  readonly decision?: Decision;
  /** Lambda's request ID. */
  readonly requestId?: string;
} & (
  | { readonly kind: 'answered'; readonly payload: Uint8Array }
  /** The function threw, exited or ran out of time. */
  | { readonly kind: 'function-error'; readonly payload: Uint8Array }
  /** Lambda did not take the invocation. */
  | { readonly kind: 'refused'; readonly reason: 'denied' | 'not-found' | 'throttled' | 'failed' }
);
