import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployPackages } from './packaged-pair.testing.ts';
import { CALLER_ACCOUNT, edit, startTestBed, type TestBed } from './test-bed.testing.ts';

jest.setTimeout(120_000);

let bed: TestBed;
beforeAll(async () => {
  bed = await startTestBed();
  // A copy of the function "caller" with its name, and the name of its role. All other values are those of "caller".
  await edit(
    bed.project,
    'services/caller/serverless.yml',
    /functions:\n([\s\S]*)$/,
    `functions:
  caller: &caller
    name: \${self:service}-\${sls:stage}
    handler: src/caller.handler
    takesOperations: true
    environment:
      API_URL: \${self:custom.apiUrl}
      API_REGION: \${self:custom.settings.region}
      INVOKE_ROLE_ARN: \${self:custom.invokeRoleArn}
      EXTERNAL_ID: \${self:custom.settings.externalId, ''}
    iamRoleStatementsName: \${self:custom.settings.callerRoleName}
    iamRoleStatements:
      - { Sid: AssumeInvokeRole, Effect: Allow, Action: sts:AssumeRole, Resource: "\${self:custom.invokeRoleArn}" }
      - { Sid: InvokeRoutes, Effect: Allow, Action: execute-api:Invoke, Resource: "\${self:custom.apiArn}" }
  report:
    <<: *caller
    name: \${self:service}-\${sls:stage}-report
    takesOperations: false
    iamRoleStatementsName: \${self:service}-\${sls:stage}-report
`,
  );
});
afterAll(() => bed?.close());

/** Makes the report function send a call. @returns the status, or the error's first line */
async function reports(operation: string): Promise<unknown> {
  const functionArn = `arn:aws:lambda:us-east-1:${CALLER_ACCOUNT}:function:shop-local-report`;
  const { payload } = await bed.aws.as(CALLER_ACCOUNT).invoke(functionArn, { operation });
  const { status, errorMessage } = payload as { readonly status?: number; readonly errorMessage?: string };
  return status ?? errorMessage?.split('\n')[0];
}

test('a second function that no entry of stages.yml grants is not packaged', async () => {
  const { exitCode, stdout, stderr } = await bed.sls(['package'], {
    service: 'caller',
    environment: {},
  });
  expect(stdout + stderr).toContain(
    'services/stages.yml does not grant it: no entry of local.callers has its role.',
  );
  expect(exitCode).toBe(1);
});

test.each(['assume-role', 'resource-policy'])(
  'in access mode %s, it may call the routes of its entry, and no others',
  async (accessMode) => {
    const callers = {
      report: {
        accountId: CALLER_ACCOUNT,
        roleName: 'shop-local-report',
        externalId: 'external-id-of-report',
        routes: ['GET /sender'],
      },
    };
    await writeFile(
      join(bed.project.root, 'services/stages.yml'),
      JSON.stringify({ local: { accessMode, callers } }),
    );
    await deployPackages(bed);
    expect(await reports('getSender')).toBe(200);
    expect(await reports('postParcel')).toMatch(/answered 403: AccessDeniedException/);
  },
);
