import { accountOf, type Decision, decide, type IamUser, validatePolicy } from '@cross-account-api/iam';
import type { Clock } from '../../../core/clock.ts';
import { AwsError } from '../../../core/errors.ts';
import { isObject } from '../../../core/is-object.ts';
import { parseJson } from '../../../core/parse-json.ts';
import { header } from '../../../core/request.ts';
import { TimeLimitError, withinTime } from '../../../core/within-time.ts';
import { globalContext, requestKeys } from '../../../pipeline/global-context.ts';
import { currentRequest, failedWith } from '../../../pipeline/request-scope.ts';
import type { IdentitySource, LambdaAuthorizer } from '../../apigateway/definition/lambda-authorizer.ts';
import { withStageVariables } from '../integrations/function-call.ts';
import { authorizerEvent } from '../integrations/proxy-event.ts';
import { type AuthorizerContext, parameterOf, type RestInvocation } from '../invocation.ts';
import type { PlaneOptions } from '../plane.ts';
import { gatewayError } from '../responses/gateway-error.ts';
import { variablesOf } from '../responses/variables.ts';
import { invokeQuestions } from './admission.ts';

/** What a Lambda authorizer answered. */
interface Answer {
  readonly policy: Readonly<Record<string, unknown>>;
  readonly context: AuthorizerContext;
}

/** The verdict of a Lambda authorizer on one request. */
export interface AuthorizerVerdict {
  /** One for each question of {@link invokeQuestions}, by the policy that the authorizer returned alone. */
  readonly decisions: readonly Decision[];
  /** Whether its function is in the account of the API. */
  readonly isOwn: boolean;
  readonly context: AuthorizerContext;
}

const MAX_ANSWERS = 10_000;

/** Longer than an expression for tokens needs, on a busy machine too. */
const MOST_MS_FOR_TOKEN = 1_000;

/**
 * Makes a function that asks a Lambda authorizer about a request, and remembers its policy for the authorizer's time
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html).
 * The function throws UNAUTHORIZED if the request does not say who sends it, or if the authorizer says `Unauthorized`, and
 * AUTHORIZER_CONFIGURATION_ERROR if there is no policy.
 */
export function createAuthorizerAsker(
  options: Pick<PlaneOptions, 'lambda' | 'assumeRole'> & { readonly clock: Clock },
): (authorizer: LambdaAuthorizer, invocation: RestInvocation) => Promise<AuthorizerVerdict> {
  const answers = new Map<string, Answer & { readonly until: number }>();

  return async (authorizer, invocation) => {
    const { request, stage } = invocation;
    const { ttlSeconds, identitySources, validationExpression } = authorizer;
    const values = identitySources.map((source) => identityOf(source, invocation));
    const missing = identitySources.find((_, index) => !values[index]);
    if (missing !== undefined) {
      const what = `${missing.location} ${missing.name}`;
      throw unauthorized(authorizer, `The request has no ${what}, so the authorizer was not asked.`);
    }
    const [token = ''] = values;
    if (!isValid(token, validationExpression)) {
      const why = `The token does not match ${validationExpression}, so the authorizer was not asked.`;
      throw unauthorized(authorizer, why);
    }
    // A new deployment may have another authorizer under the same ID, but no other answers to the same values.
    const key = JSON.stringify([stage.apiId, stage.stageName, stage.deploymentId, authorizer.id, values]);
    const now = options.clock.now().getTime();
    const known = answers.get(key);
    const isKnown = known !== undefined && known.until > now;
    const answer = isKnown ? known : await ask(authorizer, invocation, token);
    if (!isKnown && ttlSeconds > 0) {
      if (answers.size >= MAX_ANSWERS) answers.clear();
      answers.set(key, { ...answer, until: now + ttlSeconds * 1_000 });
    }
    const functionArn = withStageVariables(authorizer.functionArn, stage.variables) ?? '';
    const name = `policy of the authorizer ${authorizer.name}`;
    const decisions = invokeQuestions(invocation).map(({ resourcePolicy: _, ...question }) =>
      decide(
        { ...question, principal: admitted(stage.accountId), context: requestKeys(request, stage.region) },
        { identity: [{ name, document: answer.policy }] },
      ),
    );
    return { decisions, isOwn: accountOf(functionArn) === stage.accountId, context: answer.context };
  };

  async function ask(
    authorizer: LambdaAuthorizer,
    invocation: RestInvocation,
    token: string,
  ): Promise<Answer> {
    const { request, stage, traceId } = invocation;
    const { accountId: sourceAccount, region, apiId } = stage;
    const functionArn = withStageVariables(authorizer.functionArn, stage.variables);
    const fail = (errorMessage: string): AwsError => {
      const errorType = 'AuthorizerConfigurationException';
      failedWith({ functionArn: functionArn ?? authorizer.functionArn, errorType, errorMessage, stack: [] });
      return gatewayError('AUTHORIZER_CONFIGURATION_ERROR');
    };
    if (functionArn === undefined) {
      throw fail('The authorizer names a stage variable that the stage does not have.');
    }
    const [question] = invokeQuestions(invocation);
    const event = authorizerEvent(authorizer.type, invocation, question?.resource ?? '', token);
    const source = {
      sourceArn: `arn:aws:execute-api:${region}:${sourceAccount}:${apiId}/authorizers/${authorizer.id}`,
      sourceAccount,
    };
    const startedAt = performance.now();
    const { credentials } = authorizer;
    const invoked = async () => {
      const principal = credentials === undefined ? undefined : await options.assumeRole(credentials);
      return options.lambda.invokeFor(
        'apigateway.amazonaws.com',
        functionArn,
        source,
        JSON.stringify(event),
        {
          traceHeader: traceId,
          ...(principal && { principal, context: globalContext(principal, request, region) }),
        },
      );
    };
    const outcome = await invoked().catch((error) => {
      throw error instanceof AwsError ? fail(error.message) : error;
    });
    currentRequest()?.decisions.push(outcome.decision);
    if (outcome.kind === 'function-error') {
      const error = parseJson(outcome.payload.toString('utf8'));
      const message = isObject(error) ? error.errorMessage : undefined;
      // Only this word is a 401: https://github.com/auth0-samples/jwt-rsa-aws-custom-authorizer/pull/6
      if (message === 'Unauthorized') {
        throw unauthorized(authorizer, 'The authorizer failed with the error "Unauthorized".');
      }
      throw fail(`The authorizer ${authorizer.name} failed: ${String(message)}`);
    }
    if (outcome.kind !== 'ok') throw fail(`API Gateway could not invoke the authorizer: ${outcome.kind}`);
    const answer = readAnswer(outcome.payload, Math.round(performance.now() - startedAt));
    if (typeof answer === 'string') throw fail(answer);
    return answer;
  }
}

/** The error 401, with the reason for the trace. */
function unauthorized({ functionArn }: LambdaAuthorizer, errorMessage: string): AwsError {
  failedWith({ functionArn, errorType: 'UnauthorizedException', errorMessage, stack: [] });
  return gatewayError('UNAUTHORIZED');
}

/** An unsigned caller that the policy of an authorizer admits. Its names match nothing but `*`. */
const admitted = (accountId: string): IamUser => ({
  type: 'User',
  accountId,
  principalArn: 'anonymous',
  arn: 'anonymous',
  userId: 'anonymous',
  userName: 'anonymous',
  tags: {},
});

/** @returns what is wrong with the answer, if anything is (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html) */
function readAnswer(payload: Buffer, integrationLatency: number): Answer | string {
  const answer = parseJson(payload.toString('utf8'));
  const { principalId, policyDocument, context = {} } = isObject(answer) ? answer : {};
  if (typeof principalId !== 'string' || !isObject(policyDocument)) {
    return 'The authorizer must return principalId (a string) and policyDocument (a policy).';
  }
  const [problem] = validatePolicy(policyDocument, 'identity');
  if (problem !== undefined) return `The authorizer returned a policy that is not valid: ${problem}`;
  const entries = isObject(context) ? Object.entries(context) : [];
  const nested = entries.find(([, value]) => typeof value === 'object' && value !== null);
  // "You can't set a JSON object or array as a valid value of any key in the context map."
  if (nested !== undefined)
    return `The authorizer returned the context ${nested[0]}, which is no plain value.`;
  const texts = entries.map(([name, value]) => [name, String(value)] as const);
  return {
    policy: policyDocument,
    context: { ...Object.fromEntries(texts), principalId, integrationLatency },
  };
}

function identityOf({ location, name }: IdentitySource, invocation: RestInvocation): string | undefined {
  if (location === 'header') return header(invocation.request, name);
  if (location === 'querystring') return parameterOf(invocation, { location, name });
  return variablesOf(invocation, {})(`${location}.${name}`);
}

/** Whoever calls the API chooses the token, so an expression must not keep local AWS busy. */
function isValid(token: string, expression: string | undefined): boolean {
  if (expression === undefined) return true;
  try {
    return withinTime(MOST_MS_FOR_TOKEN, () => new RegExp(`^(?:${expression})$`).test(token));
  } catch (error) {
    if (error instanceof TimeLimitError || error instanceof SyntaxError) return false;
    throw error;
  }
}
