import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ProjectCopy } from '../../libs/cli/src/project/copy-project.ts';
import { copyPairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { type Run, runInProcess } from '../../libs/cli/src/run-in-process.testing.ts';
import { startCommand } from './command.testing.ts';
import { packageService } from './packaged-pair.testing.ts';
import { API_ACCOUNT, CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

/** A function that calls two APIs, as services/README.md shows it. */
const handler = `
import { assumeRole } from '@cross-account-api/assume-role';
import { fromEnvironment, signedFetch } from '@cross-account-api/signed-fetch';
import middy from '@middy/core';

const { env } = process;

const own = {
  role: env.INVOKE_ROLE_ARN && assumeRole({ roleArn: env.INVOKE_ROLE_ARN, externalId: env.EXTERNAL_ID }),
  api: { baseUrl: env.API_URL ?? '', region: env.API_REGION },
};
const billing = {
  role:
    env.BILLING_INVOKE_ROLE_ARN &&
    assumeRole({
      roleArn: env.BILLING_INVOKE_ROLE_ARN,
      externalId: env.BILLING_EXTERNAL_ID,
      contextKey: 'billingRole',
    }),
  api: { baseUrl: env.BILLING_API_URL ?? '', region: env.BILLING_API_REGION, contextKey: 'billing' },
};

export const handler = middy()
  .use(own.role ? [own.role] : [])
  .use(billing.role ? [billing.role] : [])
  .use(signedFetch({ ...own.api, credentials: own.role ? 'assumedRole' : fromEnvironment }))
  .use(signedFetch({ ...billing.api, credentials: billing.role ? 'billingRole' : fromEnvironment }))
  .handler(async (event, context) => {
    const { body } = await context[event.api].json(event.path);
    return body;
  });
`;

/** A third account, which another team's API can have. */
export const OTHER_ACCOUNT = '333333333333';

/** Two projects: the function `caller` of one calls both APIs. */
export interface TwoApis {
  readonly bed: TestBed;
  /** Changes the settings of stage `local` of the project with the function. */
  setStage(stage: object): Promise<void>;
  /**
   * Deploys the other API, which admits the function.
   * @param stage settings of the other project's stage, and the account to which it deploys
   * @returns the entry of `apis` that its team hands over
   */
  handOver(stage: {
    readonly accessMode: string;
    readonly apiAccountId?: string;
    /** Of the function. Default: that of stage `local` */
    readonly roleName?: string;
  }): Promise<Entries>;
  /**
   * Lets the function call an API.
   * @returns the name of the role that the API saw, or the first line of the error
   */
  call(api: 'api' | 'billing', path: string): Promise<unknown>;
  /** Runs a command of the project with the function. */
  run(...args: readonly string[]): Promise<Run>;
  /** The same for another stage than `local`, whose profiles lead to local AWS as those of AWS lead to AWS. */
  runOnAws(name: string, ...args: readonly string[]): Promise<Run>;
  /** Changes the settings of a stage of the project with the function, and removes the others. */
  setStages(stages: object): Promise<void>;
  close(): Promise<void>;
}

/** Entries of the setting `apis`, by their names. */
export type Entries = Readonly<Record<string, object>>;

/** Starts a local AWS beside both projects, from which nothing was deployed. */
export async function startTwoApis(): Promise<TwoApis> {
  await using stack = new AsyncDisposableStack();
  const bed = await startTestBed({ accounts: [OTHER_ACCOUNT] });
  stack.defer(() => bed.close());
  const other = await copyPairProject();
  stack.defer(() => other.remove());
  await edit(other, 'services/api/serverless.yml', /^service: .*/m, 'service: billing');
  await edit(other, 'services/caller/serverless.yml', /^service: .*/m, 'service: unused');
  await writeFile(join(bed.project.root, 'services/caller/src/both.js'), handler);
  await edit(
    bed.project,
    'services/caller/serverless.yml',
    /handler: src\/caller.handler\n {4}takesOperations: true\n {4}calls: \[ ?api ?\]/,
    'handler: src/both.handler\n    calls: [api, billing]',
  );
  const setStage = (project: ProjectCopy, stage: object) =>
    writeFile(join(project.root, 'services/stages.yml'), JSON.stringify({ local: stage }));
  const run = (root: string, args: readonly string[]) =>
    runInProcess(args, root, { LOCAL_AWS_ROOT: bed.localAwsRoot });
  const running = stack.move();
  return {
    bed,
    setStage: (stage) => setStage(bed.project, stage),
    async handOver({ apiAccountId = API_ACCOUNT, roleName = 'shop-local', ...stage }) {
      const shop = {
        accountId: CALLER_ACCOUNT,
        roleName,
        externalId: 'billing-id',
        routes: ['GET /sender'],
      };
      await setStage(other, { ...stage, apiAccountId, callers: { shop } });
      const packaged = await packageService(join(other.root, 'services/api'), ['--stage', 'local']);
      await bed.aws.deploy(packaged, { account: apiAccountId });
      const handover = await run(other.root, ['handover', '--stage', 'local', '--caller', 'shop']);
      if (handover.exitCode !== 0) throw new Error(handover.stderr);
      const written = await readFile(join(other.root, 'handover/local-shop/stages.yml'), 'utf8');
      return parse(written).local.apis;
    },
    async call(api, path) {
      const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local`;
      const { payload } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, { api, path });
      const { caller, errorMessage } = payload as {
        readonly caller?: { readonly roleName?: string };
        readonly errorMessage?: string;
      };
      return caller?.roleName ?? errorMessage?.split('\n')[0];
    },
    run: (...args) => run(bed.project.root, args),
    async runOnAws(name, ...args) {
      // A process, because Node reads the variable for the CA at its start.
      const { AWS_ENDPOINT_URL: _, AWS_PROFILE: __, ...environment } = bed.aws.environment();
      const command = startCommand(bed.project, name, args, environment);
      const exitCode = (await command.ended) ?? 1;
      return { exitCode, ...command.output() };
    },
    setStages: (stages) => writeFile(join(bed.project.root, 'services/stages.yml'), JSON.stringify(stages)),
    close: () => running.disposeAsync(),
  };
}
