import { randomUUID } from 'node:crypto';
import { createAuthorizer } from '@cross-account-api/iam';
import { XMLParser } from 'fast-xml-parser';
import type { Credential } from '../core/credential.ts';
import { AwsError } from '../core/errors.ts';
import type { AwsRequest, AwsResponse } from '../core/request.ts';
import type { Endpoint } from '../pipeline/endpoint.ts';
import { globalContext } from '../pipeline/global-context.ts';
import { Directory, type DirectoryOptions } from './directory.ts';

/** The two accounts of the tests. */
export const A = '111111111111';
export const B = '222222222222';

/** A clock that a test moves. */
export class TestClock {
  #now = Date.parse('2026-01-02T03:04:05.678Z');

  now(): Date {
    return new Date(this.#now);
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

/** A directory of two accounts, and its clock. */
export function testDirectory(options: Partial<DirectoryOptions> = {}): {
  directory: Directory;
  clock: TestClock;
} {
  const clock = new TestClock();
  return { directory: new Directory({ clock, accountIds: [A, B], ...options }), clock };
}

/** A policy document with these statements. */
export function policy(...statements: readonly object[]): { Version: string; Statement: readonly object[] } {
  return { Version: '2012-10-17', Statement: statements };
}

/** A statement that allows these actions. */
export function allow(
  Action: string | readonly string[],
  Resource: string | readonly string[] = '*',
): object {
  return { Effect: 'Allow', Action, Resource };
}

/** A trust policy that lets a principal assume a role. */
export function trust(principal: object | string, extra: object = {}): ReturnType<typeof policy> {
  return policy({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...extra });
}

/** The answer to a call of the query protocol. */
export interface Answer {
  readonly status: number;
  /** The result document, or the error's `Code` and `Message`. */
  // biome-ignore lint/suspicious/noExplicitAny: a document whose shape each test knows
  readonly result: any;
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === 'member',
});

/** Sends calls through an endpoint's route, questions, decision and dispatch, without HTTP and signatures. */
export function client(directory: Directory, endpoint: Endpoint) {
  const authorizer = createAuthorizer(directory);
  return async (
    credential: Credential,
    action: string,
    parameters: Record<string, string> = {},
  ): Promise<Answer> => {
    const request: AwsRequest = {
      requestId: randomUUID(),
      method: 'POST',
      host: 'localhost',
      rawPath: '/',
      rawQuery: '',
      headers: [],
      body: Buffer.from(new URLSearchParams({ Action: action, ...parameters }).toString()),
      sourceIp: '127.0.0.1',
      secureTransport: true,
      receivedAt: new Date(),
    };
    const found = directory.findCredential(credential.accessKeyId);
    if (found === undefined) return answer(refusedAs('unknown-key'), action);
    const { principal, accessKeyId } = found;
    const scope = { accountId: principal.accountId, region: 'eu-central-1' };
    function refusedAs(kind: 'unknown-key'): AwsResponse {
      const failure = { kind, accessKeyId: credential.accessKeyId };
      return endpoint.refuse({ step: 'authentication', failure }, request);
    }
    try {
      const route = endpoint.route(request);
      const decisions = [];
      for (const question of await route.questions({ principal, ...scope })) {
        const context = { ...globalContext(principal, request), ...question.context };
        const decision = await authorizer.decide({ ...question, principal, context });
        if (!decision.allowed) {
          return answer(endpoint.refuse({ step: 'authorization', decision }, request), action);
        }
        decisions.push(decision);
      }
      const call = { ...scope, request, principal, accessKeyId, payload: request.body, decisions };
      return answer(await route.dispatch(call), action);
    } catch (error) {
      if (error instanceof AwsError) return answer(endpoint.fail(error, request), action);
      throw error;
    }
  };
}

function answer(response: AwsResponse, action: string): Answer {
  const document = parser.parse(response.body.toString());
  const result =
    response.status === 200 ? document[`${action}Response`][`${action}Result`] : document.ErrorResponse.Error;
  return { status: response.status, result };
}
