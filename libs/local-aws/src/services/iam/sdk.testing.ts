import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { createAuthorizer } from '@cross-account-api/iam';
import { AwsError } from '../../core/errors.ts';
import type { AwsRequest } from '../../core/request.ts';
import type { Directory } from '../../identity/directory.ts';
import { A, testDirectory } from '../../identity/identity.testing.ts';
import type { Endpoint } from '../../pipeline/endpoint.ts';
import { globalContext } from '../../pipeline/global-context.ts';
import { createStsService } from '../sts/index.ts';
import { createIamService } from './index.ts';

/** The parts of the SDK's request that the transport reads. */
interface SdkRequest {
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** Clients of AWS SDK v3 for the administrator of account A. Their transport is a function call. */
export function inProcessSdk(): {
  readonly directory: Directory;
  readonly iam: IAMClient;
  readonly sts: STSClient;
} {
  const { directory } = testDirectory();
  const authorizer = createAuthorizer(directory);
  const credential = directory.administrator(A);
  const transport = (endpoint: Endpoint) => ({
    async handle({ headers, body = '' }: SdkRequest) {
      const request: AwsRequest = {
        requestId: randomUUID(),
        method: 'POST',
        host: 'localhost',
        rawPath: '/',
        rawQuery: '',
        headers: Object.entries(headers),
        body: Buffer.from(body),
        sourceIp: '127.0.0.1',
        secureTransport: true,
        receivedAt: new Date(),
      };
      const { principal, accessKeyId } = credential;
      const scope = { accountId: A, region: 'us-east-1' };
      let response: ReturnType<Endpoint['fail']>;
      try {
        const route = endpoint.route(request);
        const decisions = [];
        for (const question of await route.questions({ principal, ...scope })) {
          const context = { ...globalContext(principal, request), ...question.context };
          decisions.push(await authorizer.decide({ ...question, principal, context }));
        }
        expect(decisions.every(({ allowed }) => allowed)).toBe(true);
        const call = { ...scope, request, principal, accessKeyId, payload: request.body, decisions };
        response = await route.dispatch(call);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        response = endpoint.fail(error, request);
      }
      const { status: statusCode, headers: answered } = response;
      return { response: { statusCode, headers: answered, body: Readable.from(Buffer.from(response.body)) } };
    },
    metadata: { handlerProtocol: 'http/1.1' },
    destroy() {},
  });
  const options = {
    region: 'us-east-1',
    credentials: credential,
    endpoint: 'http://localhost',
    maxAttempts: 1,
  };
  const client = <Client>(make: new (options: never) => Client, endpoint: Endpoint) =>
    new make({ ...options, requestHandler: transport(endpoint) } as never);
  return {
    directory,
    iam: client(IAMClient, createIamService(directory).endpoint),
    sts: client(STSClient, createStsService(directory).endpoint),
  };
}
