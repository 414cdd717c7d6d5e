import type { AwsError } from '../../core/errors.ts';
import type { ResourceContext } from '../resource-type.ts';
import type { DynamoDbService } from './index.ts';

/** The account and region of the tests. */
export const scope = { accountId: '111111111111', region: 'us-east-1' };

/** The place of a table in a stack. */
export const context = { ...scope, generateName: () => 'generated' } as unknown as ResourceContext;

/** The answer to a request, and the questions about its permissions. */
export interface Answer {
  readonly questions: unknown;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect
  readonly body: any;
}

/** Makes the function that sends a request to a service, without signature. An input may be text: `JSON.stringify` cannot write all of them. */
export function callOf(service: () => DynamoDbService) {
  return async (operation: string, input: object | string, accountId = scope.accountId): Promise<Answer> => {
    const payload = Buffer.from(typeof input === 'string' ? input : JSON.stringify(input));
    const request = {
      requestId: 'r1',
      headers: [['x-amz-target', `DynamoDB_20120810.${operation}`]],
      body: payload,
    };
    const route = service().endpoint.route(request as never);
    const questions = await route.questions({ ...scope, accountId } as never);
    const response = await route.dispatch({ ...scope, accountId, request, payload } as never);
    return { questions, status: response.status, body: JSON.parse(response.body.toString()) };
  };
}

/** The code and the message of a refusal, by local AWS or by dynalite. */
export function refusal(
  answer: Promise<Answer>,
): Promise<{ readonly code: string; readonly message: string }> {
  return answer.then(
    ({ body }) => ({ code: String(body.__type).replace(/^.*#/, ''), message: String(body.message) }),
    ({ code, message }: AwsError) => ({ code, message }),
  );
}

/** Waits until a new table is active: it becomes so a moment after the answer. */
export async function active(call: ReturnType<typeof callOf>, TableName: string): Promise<void> {
  while ((await call('DescribeTable', { TableName })).body.Table?.TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
