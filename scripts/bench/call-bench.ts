import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LocalAwsProcess } from '../lib/local-aws-process.ts';
import { type Bundle, measureCpu } from './bundles.ts';
import type { Contender } from './contenders.ts';
import type { Invocation } from './lambda-model.ts';
import { deployMockApi } from './mock-api.ts';

/** A busy machine needs long to start a function with the whole SDK. No contender must fail because of that. */
const TIMEOUT_SECONDS = 300;

const AS_ON_AWS = join(import.meta.dirname, 'as-on-aws.cjs');

/** The contenders as functions of account B, and the API in account A that they call. */
export interface CallBench {
  /**
   * Invokes a contender and checks its answer.
   * @throws Error with the function's error, or with the answer, if that is not the API's
   */
  invoke(contender: Contender): Promise<Invocation>;
  /** Ends the contender's execution environments: its next invocation starts cold. */
  makeCold(contender: Contender): Promise<void>;
  close(): void;
}

/** Deploys an API whose answers take no time, the role that invokes it, and a function for each contender. */
export async function deployCallBench(
  aws: LocalAwsProcess,
  bundles: ReadonlyMap<Contender, Bundle>,
): Promise<CallBench> {
  const { host, roleArn } = await deployMockApi(aws);
  const of = { endpoint: aws.url, region: aws.region, credentials: aws.credentials('222222222222') };
  const lambda = new LambdaClient({ ...of, maxAttempts: 1 });
  const environment = (turn: number) => ({
    Variables: {
      API_URL: `https://${host}/bench`,
      API_REGION: aws.region,
      INVOKE_ROLE_ARN: roleArn,
      EXTERNAL_ID: 'bench',
      NODE_OPTIONS: `--require "${AS_ON_AWS.replaceAll(/["\\]/g, '\\$&')}"`,
      TURN: String(turn),
    },
  });
  const iam = new IAMClient(of);
  const Role = await createCallerRole(iam, roleArn);
  iam.destroy();
  for (const [contender, bundle] of bundles) {
    const { handler, zip } = await measureCpu(bundle);
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: functionName(contender),
        Role,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        // The whole SDK needs more than 256 MB.
        MemorySize: 1024,
        Timeout: TIMEOUT_SECONDS,
        Handler: handler,
        Code: { ZipFile: zip },
        Environment: environment(0),
      }),
    );
  }
  let turn = 0;
  return {
    async invoke(contender) {
      const { FunctionError, LogResult, Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: functionName(contender), Payload: '{}', LogType: 'Tail' }),
      );
      const text = Buffer.from(Payload ?? []).toString();
      const answer: Answer = JSON.parse(text);
      if (FunctionError !== undefined || !isRight(answer)) {
        throw new Error(`${contender} answered ${text}. Leave it out with --only.`);
      }
      return { ...readReport(Buffer.from(LogResult ?? '', 'base64').toString()), cpuMs: answer.cpuMs };
    },
    async makeCold(contender) {
      turn += 1;
      await lambda.send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: functionName(contender),
          Environment: environment(turn),
        }),
      );
    },
    close: () => lambda.destroy(),
  };
}

const functionName = (contender: Contender) => `bench-${contender}`;

/** Creates the role of all contenders. */
async function createCallerRole(iam: IAMClient, roleArn: string): Promise<string> {
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });
  const RoleName = 'bench-caller';
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: policy({
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  const PolicyDocument = policy({ Action: 'sts:AssumeRole', Resource: roleArn });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'assume', PolicyDocument }));
  return Role?.Arn ?? '';
}

/** Every contender answers with the status and the body that it received. */
interface Answer {
  readonly status?: number;
  readonly body?: { readonly received?: { readonly foo?: string } };
  readonly cpuMs: number;
}

const isRight = ({ status, body }: Answer) => status === 200 && body?.received?.foo === 'bar';

/** @throws Error if there is no REPORT line */
function readReport(log: string): Omit<Invocation, 'cpuMs'> {
  const number = (name: string) => {
    const [, value] = new RegExp(`\\t${name}: ([\\d.]+) `).exec(log) ?? [];
    return value === undefined ? undefined : Number(value);
  };
  const durationMs = number('Duration');
  if (durationMs === undefined) throw new Error(`No REPORT in the log: ${log}`);
  return { durationMs, initMs: number('Init Duration') ?? 0 };
}
