import { mkdtemp, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { type LocalAws, startLocalAws } from '../src/local-aws.ts';
import type { TraceEvent } from '../src/trace/event.ts';
import { type Keys, sign, type ToSign } from './sign.testing.ts';
import { errorOf, sendOverWire, type WireAnswer, type WireError, type WireRequest } from './wire.testing.ts';

/** The account that owns the APIs, and the other one. */
export const A = '111111111111';
export const B = '222222222222';

/** An answer, with its event in the trace. */
export interface Exchange {
  readonly answer: WireAnswer;
  readonly error: WireError;
  readonly event: TraceEvent;
}

/** The local AWS of a test file, and functions to call it. */
export interface Running {
  readonly aws: LocalAws;
  readonly port: number;
  /** Reported defects of local AWS. Must stay empty. */
  readonly defects: readonly string[];
  /** The server's time. */
  now(): Date;
  /** Moves the server's clock. */
  advance(seconds: number): void;
  /** The keys of an account's administrator. */
  administrator(accountId: string): Keys;
  /** Temporary keys of a role with AdministratorAccess. */
  administratorSession(accountId: string): Keys;
  /** Client options for the AWS SDK. */
  sdk(accountId: string): { endpoint: string; region: string; credentials: Keys };
  /** Deploys a template and returns its outputs. */
  deploy(accountId: string, stackName: string, template: object): Promise<Readonly<Record<string, string>>>;
  send(request: WireRequest): Promise<Exchange>;
  /** Signs a request, by default with the server's time, and sends it. */
  call(toSign: Omit<ToSign, 'date'> & { readonly date?: Date }, keys: Keys): Promise<Exchange>;
  close(): Promise<void>;
}

/** Starts local AWS on a free port, with a clock that tests move. */
export async function startRunning(): Promise<Running> {
  const root = await mkdtemp(join(tmpdir(), 'local-aws-test-'));
  const defects: string[] = [];
  let offset = 0;
  const now = () => new Date(Date.now() + offset);
  const aws = await startLocalAws({
    root,
    port: 0,
    clock: { now },
    report: (message) => defects.push(message),
  });
  const port = Number(new URL(aws.url).port);
  const agent = new Agent({ keepAlive: true });
  const administrator = (accountId: string): Keys => aws.directory.administrator(accountId);
  const send = async (request: WireRequest): Promise<Exchange> => {
    const answer = await sendOverWire(port, request, agent);
    // HTTP APIs have another name for it.
    const id = answer.headers['x-amzn-requestid'] ?? answer.headers['apigw-requestid'];
    const event = aws.trace.find(String(id));
    if (event === undefined) throw new Error(`No trace of ${request.method} ${request.path}: ${answer.body}`);
    return { answer, error: errorOf(answer), event };
  };
  const sdk = (accountId: string) => ({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: administrator(accountId),
  });
  return {
    aws,
    port,
    defects,
    now,
    advance(seconds) {
      offset += seconds * 1000;
    },
    administrator,
    administratorSession(accountId) {
      const { roles } = aws.directory;
      const name = 'administrators';
      const Principal = { AWS: accountId };
      const trustPolicy = {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' },
      };
      const role = roles.find(accountId, name) ?? roles.create(accountId, { name, trustPolicy });
      roles.attachPolicy(accountId, name, 'arn:aws:iam::aws:policy/AdministratorAccess');
      return aws.directory.beginSession({ role, sessionName: 'test', durationSeconds: 3_600 });
    },
    sdk,
    async deploy(accountId, stackName, template) {
      const client = new CloudFormationClient(sdk(accountId));
      const body = JSON.stringify(template);
      await client.send(
        new CreateStackCommand({
          StackName: stackName,
          TemplateBody: body,
          Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
        }),
      );
      await waitUntilStackCreateComplete(
        { client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
        { StackName: stackName },
      );
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
      client.destroy();
      return Object.fromEntries(
        (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
      );
    },
    send,
    call: (toSign, keys) => send(sign({ date: now(), ...toSign }, keys)),
    async close() {
      agent.destroy();
      await aws.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
