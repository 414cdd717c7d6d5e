import type { Authorizer, ServicePrincipal } from '@cross-account-api/iam';
import { endpointName } from '../../core/aws-domains.ts';
import { AwsError } from '../../core/errors.ts';
import { type AwsRequest, type AwsResponse, header } from '../../core/request.ts';
import { continueTrace } from '../../core/trace-header.ts';
import type { Endpoint, RouteQuestion } from '../../pipeline/endpoint.ts';
import { requestKeys } from '../../pipeline/global-context.ts';
import { currentRequest, failedWith, refuses } from '../../pipeline/request-scope.ts';
import { jsonRefusalCodes, refusalError } from '../../protocols/refusal.ts';
import { formatTwo, type HeaderPair } from '../execute-api/integrations/format-two.ts';
import { integrationHeaders } from '../execute-api/integrations/headers.ts';
import { readFunctionAnswer } from '../execute-api/integrations/proxy-response.ts';
import type { VerifiedCaller } from '../execute-api/invocation.ts';
import type { LambdaService } from '../lambda/index.ts';

/** The dependencies of {@link createFunctionUrlEndpoint}. */
export interface FunctionUrlOptions {
  readonly lambda: Pick<LambdaService, 'urls' | 'permission' | 'run'>;
  /** Decides on requests to URLs with `AuthType: NONE`. */
  readonly authorizer: Authorizer;
  /** The organization of an account, for the event. */
  organizationOf(accountId: string): string | undefined;
}

type Target = NonNullable<ReturnType<LambdaService['urls']['byHost']>>;

/** The answer to who may not call, since AWS asks for two permissions: https://github.com/awsdocs/aws-lambda-developer-guide/issues/494 */
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/** The largest event, in bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const MAX_EVENT_BYTES = 6_291_456;

const HOST = /^([a-z0-9]{1,64})\.lambda-url\.([a-z0-9-]{1,32})$/;

/** An unsigned caller for the authorizer: a service that matches only statements for everyone. */
const anonymous: ServicePrincipal = { type: 'Service', service: 'anonymous' };

/**
 * Makes the endpoint of the URLs of functions, at `https://<id>.lambda-url.<region>.on.aws`
 * (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html).
 */
export function createFunctionUrlEndpoint({
  lambda,
  authorizer,
  organizationOf,
}: FunctionUrlOptions): Endpoint {
  async function answer(
    { reference, url }: Target,
    request: AwsRequest,
    body: Buffer,
    caller: VerifiedCaller | undefined,
  ): Promise<AwsResponse> {
    const traceHeader = continueTrace(header(request, 'x-amzn-trace-id'), request.receivedAt, {
      tracing: false,
      keepsParent: true,
    });
    const signed = url.authType === 'AWS_IAM';
    const event = formatTwo(request, body, {
      routeKey: '$default',
      // Unlike an HTTP API, a URL does not decode the path: https://github.com/hotsock/voker/pull/8
      path: request.rawPath,
      headers: [
        ...integrationHeaders({ request, traceId: traceHeader }, signed),
        ...(body.length > 0 ? [['content-length', String(body.length)] satisfies HeaderPair] : []),
      ],
      accountId: caller?.principal.accountId ?? 'anonymous',
      apiId: url.id,
      stageName: '$default',
      caller,
    });
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) {
      throw new AwsError(
        'RequestTooLargeException',
        `Request must be smaller than ${MAX_EVENT_BYTES} bytes for the InvokeFunction operation`,
        413,
      );
    }
    const result = await lambda.run(reference, { requestId: request.requestId, payload, traceHeader });
    if ('error' in result) throw result.error;
    const headers = { 'x-amzn-RequestId': request.requestId, 'X-Amzn-Trace-Id': result.traceHeader };
    if (result.kind === 'function-error') return badGateway(headers);
    const given = readFunctionAnswer(result.payload, '2.0', 'application/json');
    if (given.valid) return { ...given.response, headers: { ...given.response.headers, ...headers } };
    const functionArn = lambda.permission(reference).resource;
    failedWith({
      functionArn,
      errorType: 'Malformed response of a function URL',
      errorMessage: given.reason,
      stack: [],
    });
    return badGateway(headers);
  }

  /**
   * The two permissions that a URL needs. AWS asks for both since October 2025
   * (https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html).
   */
  function questionsOf({ reference, url }: Target): RouteQuestion[] {
    const permission = lambda.permission(reference);
    return [
      {
        ...permission,
        action: 'lambda:InvokeFunctionUrl',
        context: {
          ...permission.context,
          'lambda:FunctionArn': permission.resource,
          'lambda:FunctionUrlAuthType': url.authType,
        },
      },
      {
        ...permission,
        action: 'lambda:InvokeFunction',
        context: { ...permission.context, 'lambda:InvokedViaFunctionUrl': 'true' },
      },
    ];
  }

  /** Without a signature, only the function's policy counts: "your function's resource-based policy is always in effect". */
  async function admitAnonymous(target: Target, request: AwsRequest): Promise<void> {
    const keys = requestKeys(request, target.reference.region);
    for (const question of questionsOf(target)) {
      const context = { ...keys, ...question.context };
      const decision = await authorizer.decide({ ...question, principal: anonymous, context });
      currentRequest()?.decisions.push(decision);
      if (refuses(decision)) throw refusalError({ step: 'authorization', decision }, jsonRefusalCodes(403));
    }
  }

  function fail(error: AwsError, request: AwsRequest): AwsResponse {
    // The trace has the reason, which AWS does not tell the caller.
    const isDenial = error.code === 'AccessDeniedException';
    const body = error instanceof UnknownUrl ? null : isDenial ? FORBIDDEN : error.message;
    return {
      status: error.status,
      headers: {
        'Content-Type': 'application/json',
        'x-amzn-RequestId': request.requestId,
        'x-amzn-ErrorType': error.code,
      },
      // A wrong signature is answered with `message`: https://github.com/RJPearson94/terraform-aws-open-next/pull/48
      body: JSON.stringify({ [isDenial ? 'Message' : 'message']: body }),
    };
  }

  return {
    signingName: 'lambda',
    answersFor: (hostname) => HOST.test(endpointName(hostname) ?? ''),
    signatureRules: () => ({
      signingName: 'lambda',
      maxSkewSeconds: 300,
      path: 'normalize-and-double-encode',
      // "Lambda doesn't support unsigned payloads":
      // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
      unsignedPayload: false,
    }),
    route(request) {
      const { id, region } = addressOf(request);
      const target = lambda.urls.byHost(id, region);
      if (target === undefined) throw new UnknownUrl(id, region);
      const { accountId } = target.reference;
      const base = { operation: 'InvokeFunctionUrl', accountId };
      if (target.url.authType === 'NONE') {
        const anyone = async (): Promise<AwsResponse> => {
          await admitAnonymous(target, request);
          return answer(target, request, request.body, undefined);
        };
        return { ...base, anonymous: anyone, questions: () => [], dispatch: anyone };
      }
      return {
        ...base,
        questions: () => questionsOf(target),
        dispatch({ principal, accessKeyId, payload }) {
          const organizationId = organizationOf(principal.accountId);
          return answer(target, request, payload, { principal, accessKeyId, organizationId });
        },
      };
    },
    refuse(refusal, request) {
      if (refusal.step === 'authentication' && refusal.failure.kind === 'missing') {
        return fail(new AwsError('AccessDeniedException', FORBIDDEN, 403), request);
      }
      const error = refusalError(refusal, jsonRefusalCodes(403));
      // Lambda does not show what it signed: https://github.com/erlcloud/erlcloud/issues/690
      const [message = ''] = error.message.split('\n');
      return fail(new AwsError(error.code, message, error.status), request);
    },
    fail,
  };
}

/** A host that is the URL of no function. AWS says nothing to the caller (`test_lambda_url_non_existing_url` of LocalStack). */
class UnknownUrl extends AwsError {
  constructor(id: string, region: string) {
    super(
      'AccessDeniedException',
      `No function of ${region} has the URL ${id}: read it again with GetFunctionUrlConfig.`,
      403,
    );
  }
}

function addressOf({ host }: Pick<AwsRequest, 'host'>): { readonly id: string; readonly region: string } {
  const [, id = '', region = ''] = HOST.exec(endpointName(host) ?? '') ?? [];
  return { id, region };
}

/** The answer if the function fails, or answers what is no response. */
function badGateway(headers: AwsResponse['headers']): AwsResponse {
  return {
    status: 502,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: 'Internal Server Error',
  };
}
