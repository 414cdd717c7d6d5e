import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { deployPair } from '../../libs/cli/src/project/deploy-pair.ts';
import { table } from '../lib/figures.ts';
import { type LocalAwsProcess, startLocalAwsProcess } from '../lib/local-aws-process.ts';

/** What one warm call of the sample makes: `POST /messages` with an `Idempotency-Key`, from function to function. */
export interface CallUsage {
  /** The bytes of the lines of each log group. Lambda's own lines are among them. */
  readonly logBytes: Readonly<Record<string, number>>;
  /** The writes of items to DynamoDB. Each takes one unit, as no item here has more than 1 KB. */
  readonly writes: number;
}

/** Prices in us-east-1 of December 2026, in dollars, without a free tier. The address says where AWS has them. */
export const PRICES = {
  /** https://aws.amazon.com/api-gateway/pricing/ */
  millionRestRequests: 3.5,
  millionHttpRequests: 1,
  /** https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  millionWrites: 0.625,
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  logGigabyte: 0.5,
  /** https://aws.amazon.com/xray/pricing/ */
  millionTraces: 5,
} as const;

/** The share of requests that X-Ray's default rule records, beside the first one of each second. */
const TRACED_SHARE = 0.05;

/** A line of the bill: what it is, and its dollars for a million calls. */
export interface BillLine {
  readonly name: string;
  readonly dollars: number;
}

/**
 * The bill of a million calls.
 * @param functionDollars the price of a million warm invocations of each function
 */
export function billOf({ logBytes, writes }: CallUsage, functionDollars: readonly number[]): BillLine[] {
  // A byte of each of a million calls is a megabyte.
  const gigabytes = sum(Object.values(logBytes)) / 1_000;
  return [
    { name: 'REST API', dollars: PRICES.millionRestRequests },
    { name: `DynamoDB, ${writes} writes`, dollars: writes * PRICES.millionWrites },
    { name: `logs, ${gigabytes.toFixed(1)} KB`, dollars: gigabytes * PRICES.logGigabyte },
    { name: 'both functions, warm', dollars: sum(functionDollars) },
    { name: 'X-Ray, a busy stage', dollars: TRACED_SHARE * PRICES.millionTraces },
  ];
}

/** Renders the bill, and what each log group gets of a call. */
export function renderBill(lines: readonly BillLine[], { logBytes }: CallUsage): string[] {
  const dollars = (value: number) => `$${value.toFixed(2)}`;
  const total = sum(lines.map((line) => line.dollars));
  return [
    ...table([
      ['a million calls', 'us-east-1'],
      ...lines.map((line) => [line.name, dollars(line.dollars)]),
      ['together', dollars(total)],
    ]),
    '',
    ...table([
      ['log group', 'bytes of a call'],
      ...Object.entries(logBytes).map(([name, bytes]) => [name, String(Math.round(bytes))]),
    ]),
  ];
}

const CALLS = 20;

/** Deploys the sample into a local AWS of its own, and counts what its calls make. */
export async function measureCall(): Promise<CallUsage> {
  const aws = await startLocalAwsProcess();
  try {
    await (await deployPair({ localAwsRoot: aws.root })).remove();
    await call(aws, 2);
    const before = await totals(aws);
    await call(aws, CALLS);
    const after = await totals(aws);
    return {
      logBytes: Object.fromEntries(
        Object.entries(after.logBytes).flatMap(([name, bytes]) => {
          const more = bytes - (before.logBytes[name] ?? 0);
          return more === 0 ? [] : [[name, more / CALLS]];
        }),
      ),
      writes: (after.writes - before.writes) / CALLS,
    };
  } finally {
    await aws.close();
  }
}

async function call({ url, region, credentials }: LocalAwsProcess, times: number): Promise<void> {
  const client = new LambdaClient({ endpoint: url, region, credentials: credentials('222222222222') });
  for (let each = 0; each < times; each += 1) {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: 'cross-account-caller-local', Payload: '{}' }),
    );
    if (FunctionError !== undefined)
      throw new Error(`The caller failed: ${Buffer.from(Payload ?? []).toString()}`);
  }
  client.destroy();
}

/** What all calls so far have made. */
async function totals({ url, root, region, credentials }: LocalAwsProcess): Promise<CallUsage> {
  const logBytes: Record<string, number> = {};
  for (const accountId of ['111111111111', '222222222222']) {
    const logs = new CloudWatchLogsClient({ endpoint: url, region, credentials: credentials(accountId) });
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    for (const { logGroupName = '' } of logGroups) logBytes[logGroupName] = await bytesOf(logs, logGroupName);
    logs.destroy();
  }
  const trace = await readFile(join(root, '.local-aws/trace.jsonl'), 'utf8');
  const writes = trace
    .split('\n')
    .filter((line) => /"service":"dynamodb","operation":"(Put|Update|Delete)Item"/.test(line)).length;
  return { logBytes, writes };
}

async function bytesOf(logs: CloudWatchLogsClient, logGroupName: string): Promise<number> {
  let bytes = 0;
  let nextToken: string | undefined;
  do {
    const page = await logs.send(new FilterLogEventsCommand({ logGroupName, nextToken }));
    bytes += sum((page.events ?? []).map(({ message = '' }) => Buffer.byteLength(message)));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return bytes;
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
