import { AwsError } from '../../core/errors.ts';
import type { Endpoint, ServiceRequest } from '../../pipeline/endpoint.ts';
import { request, scope } from './workbench.testing.ts';

/** The answer to a request, and the permissions that its sender needs. */
export interface Sent {
  readonly status: number;
  /** The body; with `code` if it is an error. */
  readonly document: Record<string, unknown>;
  readonly question: string;
}

/**
 * Sends a request to a control plane as an administrator, without authorization.
 * @param line method, path and query: `GET /restapis?limit=1`
 */
export async function send(
  { endpoint }: { readonly endpoint: Endpoint },
  line: string,
  body?: object,
): Promise<Sent> {
  const [method = '', target = ''] = line.split(' ');
  const [rawPath = '', rawQuery = ''] = target.split('?');
  const incoming = request({
    method,
    rawPath,
    rawQuery,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const principal = {
    type: 'User' as const,
    userName: 'admin',
    accountId: scope.accountId,
    principalArn: 'arn:aws:iam::111111111111:user/admin',
    arn: 'arn:aws:iam::111111111111:user/admin',
    userId: 'AIDA0000000000000000',
    tags: {},
  };
  const call: ServiceRequest = {
    ...scope,
    request: incoming,
    principal,
    accessKeyId: 'AKIA0000000000000000',
    payload: incoming.body,
    decisions: [],
  };
  try {
    const route = endpoint.route(incoming);
    const questions = await route.questions({ principal, ...scope });
    const response = await route.dispatch(call);
    return {
      status: response.status,
      document: response.body.length === 0 ? {} : JSON.parse(response.body.toString()),
      question: questions.map(({ action, resource }) => `${action} ${resource}`).join('; '),
    };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const response = endpoint.fail(error, incoming);
    return {
      status: response.status,
      document: { ...JSON.parse(response.body.toString()), code: error.code },
      question: '',
    };
  }
}
