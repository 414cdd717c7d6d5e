import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';
import { type Bundle, measured } from './bundles.ts';
import type { MeasuredInvocation } from './lambda-model.ts';

/** A busy machine needs long to start a function with the whole SDK. No function must fail because of that. */
const TIMEOUT_SECONDS = 300;

const AS_ON_AWS = join(import.meta.dirname, 'as-on-aws.cjs');

/** A function to measure. */
export interface BenchFunction {
  readonly bundle: Bundle;
  readonly environment: Readonly<Record<string, string>>;
  /** The event of the next invocation. */
  event(): object;
  /** Is it the right answer? */
  isRight(answer: Readonly<Record<string, unknown>>): boolean;
}

/** The functions of a benchmark in one account. */
export interface FunctionBench<Name extends string> {
  /**
   * Invokes a function and checks its answer.
   * @throws Error with the function's error, or with the answer, if that is not the right one
   */
  invoke(name: Name): Promise<MeasuredInvocation>;
  /** Ends the function's execution environments: its next invocation starts cold. */
  makeCold(name: Name): Promise<void>;
  /** The size of the function's zip file, as it was packaged. */
  zipBytes(name: Name): number;
  close(): void;
}

/**
 * Deploys functions into an account, with one role for all.
 * @param statement what the role may do
 */
export async function deployFunctions<Name extends string>(
  aws: LocalAwsProcess,
  accountId: string,
  statement: object,
  functions: ReadonlyMap<Name, BenchFunction>,
): Promise<FunctionBench<Name>> {
  const of = { endpoint: aws.url, region: aws.region, credentials: aws.credentials(accountId) };
  const lambda = new LambdaClient({ ...of, maxAttempts: 1 });
  const iam = new IAMClient(of);
  const Role = await createRole(iam, statement);
  iam.destroy();
  const find = (name: Name) => {
    const found = functions.get(name);
    if (found === undefined) throw new Error(`${name} was not deployed.`);
    return found;
  };
  const environment = (name: Name, turn: number) => ({
    Variables: {
      ...find(name).environment,
      NODE_OPTIONS: `--require "${AS_ON_AWS.replaceAll(/["\\]/g, '\\$&')}"`,
      TURN: String(turn),
    },
  });
  for (const [name, { bundle }] of functions) {
    const { handler, zip } = await measured(bundle);
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: functionName(name),
        Role,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        // The whole SDK needs more than 256 MB.
        MemorySize: 1024,
        Timeout: TIMEOUT_SECONDS,
        Handler: handler,
        Code: { ZipFile: zip },
        Environment: environment(name, 0),
      }),
    );
  }
  let turn = 0;
  return {
    async invoke(name) {
      const { event, isRight } = find(name);
      const { FunctionError, LogResult, Payload } = await lambda.send(
        new InvokeCommand({
          FunctionName: functionName(name),
          Payload: JSON.stringify(event()),
          LogType: 'Tail',
        }),
      );
      const text = Buffer.from(Payload ?? []).toString();
      const { bench, ...answer } = JSON.parse(text) as { readonly bench: Measures };
      if (FunctionError !== undefined || !isRight(answer)) {
        throw new Error(`${name} answered ${text}. Leave it out with --only.`);
      }
      return { ...readReport(Buffer.from(LogResult ?? '', 'base64').toString()), ...bench };
    },
    async makeCold(name) {
      turn += 1;
      await lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: functionName(name),
          Environment: environment(name, turn),
        }),
      );
    },
    zipBytes: (name) => find(name).bundle.zip.length,
    close: () => lambda.destroy(),
  };
}

/** The part of an invocation that the function measures itself. */
type Measures = Pick<MeasuredInvocation, 'initCpuMs' | 'cpuMs' | 'roundTrips'>;

const functionName = (name: string) => `bench-${name}`;

async function createRole(iam: IAMClient, given: object): Promise<string> {
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });
  const RoleName = 'bench';
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: policy({
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'bench', PolicyDocument: policy(given) }));
  return Role?.Arn ?? '';
}

/** @throws Error if there is no REPORT line */
function readReport(log: string): Pick<MeasuredInvocation, 'initMs' | 'durationMs'> {
  const number = (name: string) => {
    const [, value] = new RegExp(`\\t${name}: ([\\d.]+) `).exec(log) ?? [];
    return value === undefined ? undefined : Number(value);
  };
  const durationMs = number('Duration');
  if (durationMs === undefined) throw new Error(`No REPORT in the log: ${log}`);
  return { durationMs, initMs: number('Init Duration') ?? 0 };
}
