import type { Decision } from '../../../authorization/index.ts';

/** Invokes functions for API Gateway. */
export interface LambdaInvoker {
  /**
   * Invokes a function synchronously for an AWS service, which the function's policy must allow.
   * @param service `apigateway.amazonaws.com`
   * @param functionArn with a version or alias if the integration names one
   * @param source `aws:SourceArn`: `arn:aws:execute-api:<region>:<account>:<api>/<stage>/<METHOD>/<resource path>`, and
   * `aws:SourceAccount`: the API's account
   * @param payload the event as JSON
   * @param options `traceHeader`: the X-Ray trace header
   * @throws AwsError if the ARN is not a function's
   */
  invokeFor(
    service: string,
    functionArn: string,
    source: { readonly sourceArn: string; readonly sourceAccount: string },
    payload: string,
    options: { readonly traceHeader: string },
  ): Promise<InvokeOutcome>;
}

/** The result of an invocation. */
export type InvokeOutcome = {
  /** Lambda's request ID. */
  readonly requestId: string;
  /** Whether API Gateway may invoke the function, and why; for the trace. */
  readonly decision: Decision;
} & (
  | { readonly kind: 'ok'; readonly payload: Uint8Array }
  /** The function threw, exited or ran out of time. */
  | { readonly kind: 'function-error'; readonly payload: Uint8Array }
  /** Lambda did not take the invocation, or could not run it. */
  | { readonly kind: 'denied' | 'not-found' | 'throttled' | 'failed' }
);
