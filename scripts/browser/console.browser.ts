import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { type LocalAws, startLocalAws } from '@cross-account-api/local-aws';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { VERIFY_USER_AGENT } from '../../libs/cli/src/aws/user-agent.ts';
import { startChromium } from '../../libs/cli/src/commands/demo/chromium.ts';
import { pairProject } from '../../libs/cli/src/project/pair.testing.ts';
import { stageNames } from '../../libs/cli/src/project/stage-settings.ts';
import { signRequest } from '../../libs/local-aws/src/authentication/sign-request.ts';
import { startTestBed, type TestBed } from '../e2e/test-bed.testing.ts';

const API = '111111111111';
const CALLER = '222222222222';
/** The account of a further caller, and one with nothing in it. */
const FURTHER = '333333333333';
const EMPTY = '444444444444';
const names = stageNames('local', pairProject);
const INVOKE_ROLE = `${names.api}-invoke`;
const CALLER_ROLE = names.caller;

/** What the team of the further caller has deployed. */
const furtherCaller = {
  Resources: {
    Export: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'export',
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'lambda.amazonaws.com' },
            Action: 'sts:AssumeRole',
          },
        },
        Policies: [
          {
            PolicyName: 'call',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Action: 'sts:AssumeRole',
                Resource: `arn:aws:iam::${API}:role/${INVOKE_ROLE}.export`,
              },
            },
          },
        ],
      },
    },
  },
};

let bed: TestBed;
let aws: LocalAws;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** The errors and warnings of the page. */
let complaints: string[];
/** The hosts to which the page sent requests. */
let hosts: Set<string>;

beforeAll(async () => {
  bed = await startTestBed({ accounts: [FURTHER, EMPTY] });
  aws = bed.aws.localAws;
  const exporter = {
    accountId: FURTHER,
    roleName: 'export',
    externalId: 'export-id',
    routes: ['GET /sender'],
  };
  await writeFile(
    join(bed.project.root, 'services/stages.yml'),
    JSON.stringify({ local: { callers: { export: exporter } } }),
  );
  [browser] = await Promise.all([startChromium(), bed.deploy()]);
  await bed.aws.deploy(furtherCaller, { account: FURTHER, name: 'export' });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await bed?.close();
});
beforeEach(() => open());
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
  expect([...hosts].filter((host) => host !== new URL(aws.url).host && host !== '')).toEqual([]);
});

async function open({ width = 1600, height = 1000, dark = false, url = aws.consoleUrl } = {}): Promise<void> {
  await context?.close();
  context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  page = await context.newPage();
  complaints = [];
  hosts = new Set();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.goto(url);
}

/** Saves a picture if SCREENSHOTS names a folder. */
async function picture(name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

const view = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
const detail = () => page.getByRole('region', { name: 'Selected call' });

async function invokeCaller(event?: string): Promise<void> {
  await view('Ask');
  await page.getByLabel('Function').selectOption({ label: `${CALLER_ROLE} (${CALLER})` });
  if (event !== undefined) await page.getByLabel('Event', { exact: true }).fill(event);
  await page.getByRole('button', { name: 'Invoke' }).click();
  await page.getByRole('link', { name: 'Show the call' }).click();
  await detail().getByRole('heading', { name: 'lambda Invoke' }).first().waitFor();
}

/** Takes the permission to call the API away from the role that the caller assumes, while `work` runs. */
async function withoutPermission(work: () => Promise<void>): Promise<void> {
  const { roles } = aws.directory;
  const policies = [...roles.get(API, INVOKE_ROLE).inlinePolicies];
  for (const [name] of policies) roles.deletePolicy(API, INVOKE_ROLE, name);
  try {
    await work();
  } finally {
    for (const [name, { document }] of policies) roles.putPolicy(API, INVOKE_ROLE, name, document);
  }
}

/** Gives the caller another URL of the API, while `work` runs. */
async function withApiUrl(change: (url: string) => string, work: () => Promise<void>): Promise<void> {
  const credentials = aws.directory.administrator(CALLER);
  const lambda = new LambdaClient({ endpoint: aws.url, region: 'us-east-1', credentials });
  const FunctionName = CALLER_ROLE;
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const { API_URL = '', ...others } = Environment?.Variables ?? {};
  const put = (url: string) => {
    const Variables = { ...others, API_URL: url };
    return lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  };
  await put(change(API_URL));
  try {
    await work();
  } finally {
    await put(API_URL);
    lambda.destroy();
  }
}

async function violations(): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8'));
  const found = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

test('from the map to a call: the permissions, an invocation, and each of its steps in both accounts', async () => {
  await page.getByRole('heading', { name: /Account A/ }).waitFor();
  await page.locator('.card', { hasText: 'POST /parcels' }).waitFor();
  expect(page.url()).not.toContain('token');
  await picture('map');

  await invokeCaller();
  const steps = detail().getByRole('list', { name: 'Steps' }).getByRole('link');
  await expectText(steps, [
    /lambda Invoke/,
    /sts AssumeRole/,
    /execute-api POST \/parcels/,
    /lambda InvokeFunction/,
  ]);
  await steps.filter({ hasText: 'sts AssumeRole' }).click();
  const decision = detail().getByRole('region', { name: 'Decision on sts:AssumeRole' });
  await decision.getByText('AssumeInvokeRole').first().waitFor();
  await decision.getByRole('row', { name: /sts:ExternalId.*local-external-id/ }).waitFor();
  await picture('call');

  await view('Map');
  await page.locator('.arrow.used').nth(4).waitFor();
  await picture('map-used');
});

/** Makes a call that is refused, as `cross-account verify` does. */
async function attack(): Promise<void> {
  const sts = new STSClient({
    endpoint: aws.url,
    region: 'us-east-1',
    credentials: aws.directory.administrator(CALLER),
    customUserAgent: VERIFY_USER_AGENT,
  });
  const RoleArn = `arn:aws:iam::${API}:role/${INVOKE_ROLE}`;
  await expect(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'attack' }))).rejects.toThrow();
  sts.destroy();
}

const listedCalls = () => page.getByRole('listbox', { name: 'Calls' }).getByRole('option');

test('the map hides the calls of verify until its switch is turned, and lists the refused calls of an arrow', async () => {
  await attack();
  const hides = page.getByLabel('Hide the calls of verify');
  await hides.waitFor();
  expect(await hides.isChecked()).toBe(true);
  expect(await page.locator('.arrow.refused').count()).toBe(0);
  await hides.uncheck();
  await page.locator('.arrow.refused').waitFor();
  await picture('map-verify');

  await page.getByRole('button', { name: '(1 refused)' }).click();
  await page.getByText('Only refused: sts:AssumeRole. Show all').waitFor();
  expect(await listedCalls().count()).toBe(1);
  await detail().getByRole('heading', { name: 'sts AssumeRole' }).first().waitFor();
});

test('the calls open with the newest one selected, which later calls do not replace', async () => {
  await invokeCaller();
  await view('Map');
  await view('Calls');
  await detail().getByRole('heading', { name: 'lambda Invoke' }).first().waitFor();
  await attack();
  await listedCalls().first().filter({ hasText: 'sts AssumeRole' }).waitFor();
  expect(await detail().getByRole('heading', { name: 'lambda Invoke' }).count()).toBeGreaterThan(0);
});

test('the event of a queue, and of each other kind, is filled in with the account of the function', async () => {
  await view('Ask');
  await page.getByLabel('Function').selectOption({ label: `${CALLER_ROLE} (${CALLER})` });
  for (const kind of ['SQS queue', 'Schedule', 'SQS queue']) {
    await page.getByLabel('Sample').selectOption({ label: kind });
  }
  const event = JSON.parse(await page.getByLabel('Event', { exact: true }).inputValue());
  expect(event.Records[0].eventSourceARN).toBe(`arn:aws:sqs:us-east-1:${CALLER}:orders`);
});

test('an invocation whose function failed is not a success, and the failed call is a step of it, even without authentication', async () => {
  await withApiUrl(
    (url) => `${url}/nowhere`,
    () => invokeCaller(),
  );
  const steps = detail().getByRole('list', { name: 'Steps' }).getByRole('link');
  await expectText(steps, [/Failed\s*1\. lambda Invoke/]);
  await steps
    .filter({ hasText: /Refused.*POST \/nowhere\/parcels.*unknown \(not authenticated\)/s })
    .waitFor();
  await steps.first().click();
  await detail().getByText('It was allowed, and its function failed.').waitFor();
});

test('a call that was lost before its authentication is a step of the invocation that made it', async () => {
  aws.faults.set({
    rules: [{ name: 'lost', match: { service: 'execute-api' }, times: 1, effect: { type: 'drop-before' } }],
  });
  await invokeCaller();
  aws.faults.clear();
  const steps = detail().getByRole('list', { name: 'Steps' }).getByRole('link');
  await steps.filter({ hasText: 'unknown (not authenticated)' }).first().waitFor();
});

/** Words of identifiers that are broken into two lines although one line has room for them. */
const brokenWords = `[...document.querySelectorAll('main *')].flatMap((element) => {
  const block = element.closest('dd, td, th, p, li, pre, summary, h2, h3, .card-name, .step-text') ?? element;
  const { paddingLeft, paddingRight } = getComputedStyle(block);
  const room = block.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  return [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).flatMap((node) => {
    const linesOf = (start, length) => {
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, start + length);
      return [...range.getClientRects()];
    };
    return [...node.data.matchAll(/[A-Za-z0-9]+/g)].flatMap(({ 0: run, index }) => {
      if (linesOf(index, run.length).reduce((sum, { width }) => sum + width, 0) > room) return [];
      return [...run.matchAll(/[A-Z]*[a-z0-9]+|[A-Z0-9]+/g)].flatMap((word) => {
        const tops = linesOf(index + word.index, word[0].length).map(({ top }) => Math.round(top));
        return new Set(tops).size > 1 ? [word[0] + ' of ' + node.data] : [];
      });
    });
  });
})`;

test.each([1000, 1280, 1600])(
  'in a window %i pixels wide, no identifier is broken inside a word',
  async (width) => {
    await open({ width });
    await invokeCaller();
    await view('Map');
    await page.getByRole('button', { name: 'execute-api:Invoke' }).first().click();
    await page.getByRole('button', { name: 'Compare with the calls' }).click();
    await page.getByText('Under it, ').first().waitFor();
    expect(await page.evaluate(brokenWords)).toEqual([]);
    await view('Calls');
    await page
      .getByRole('option', { name: /lambda Invoke/ })
      .first()
      .click();
    const steps = detail().getByRole('list', { name: 'Steps' }).getByRole('link');
    for (const step of ['execute-api POST /parcels', 'lambda InvokeFunction']) {
      await steps.filter({ hasText: step }).first().click();
      await detail().locator('.decision').first().waitFor();
      expect(await page.evaluate(brokenWords)).toEqual([]);
    }
  },
);

test('a refusal, from a click on the call to the copied remedy, which lets the same call through', async () => {
  const { roles } = aws.directory;
  await withoutPermission(async () => {
    await invokeCaller();
    await view('Map');
    await page.locator('.arrow.refused').waitFor();
    await picture('map-refused');
    await view('Calls');
    await page
      .getByRole('option', { name: /Refused.*lambda Invoke/ })
      .first()
      .click();
    await detail().getByText('no identity-based policy allows it').first().waitFor();
    await picture('refusal');
    await detail().getByRole('button', { name: 'Copy the change' }).click();
    await detail().getByText('Copied').waitFor();
    const copied: unknown = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()'));
    expect(copied).toMatchObject({ Effect: 'Allow', Action: 'execute-api:Invoke' });
    await detail().getByRole('button', { name: 'Copy the command' }).click();
    await detail().getByText('Copied').nth(1).waitFor();
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(
      /aws --profile [\w-]+ iam put-role-policy --role-name /,
    );

    roles.putPolicy(API, INVOKE_ROLE, 'remedy', { Version: '2012-10-17', Statement: copied });
    await invokeCaller();
    await detail()
      .getByText(/all allowed/)
      .waitFor();
    roles.deletePolicy(API, INVOKE_ROLE, 'remedy');
  });
});

test('everything can be done with the keyboard', async () => {
  await page.getByRole('link', { name: 'Calls' }).focus();
  await page.keyboard.press('Enter');
  const list = page.getByRole('listbox', { name: 'Calls' });
  await list.waitFor();
  for (let presses = 0; presses < 20 && !(await isFocused('[role=listbox]')); presses += 1) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('End');
  await list.locator('[aria-selected=true]').waitFor();
  await page.keyboard.press('Home');
  await detail().getByRole('list', { name: 'Steps' }).waitFor();
  const last = () => isFocused('.sequence li:last-child .step');
  for (let presses = 0; presses < 20 && !(await last()); presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await detail().locator('.sequence li:last-child [aria-current=step]').waitFor();

  await view('Map');
  const arrow = page.getByRole('button', { name: 'execute-api:Invoke' }).first();
  await arrow.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Selected arrow' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Selected arrow' }).waitFor({ state: 'detached' });
});

async function isFocused(selector: string): Promise<boolean> {
  return page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) === true`);
}

test('the accounts are on two sides: who calls is left of what is called, and an account with nothing in it is left out', async () => {
  await page.locator('.card', { hasText: 'POST /parcels' }).waitFor();
  const [left, right] = [page.locator('.map-side').first(), page.locator('.map-side').last()];
  const titles = (side: typeof left) => side.getByRole('heading', { level: 2 }).allInnerTexts();
  expect((await titles(left)).map((text) => text.replaceAll(/\s+/g, ' '))).toEqual([
    expect.stringContaining(`Account B ${CALLER}`),
    `Account ${FURTHER}`,
  ]);
  expect(await titles(right)).toEqual([expect.stringContaining(API)]);
  expect(await page.getByText(EMPTY).count()).toBe(0);
  // Both callers reach the invoke roles by an arrow to the right.
  const [of, beside] = await Promise.all([left.boundingBox(), right.boundingBox()]);
  expect((of?.x ?? 0) + (of?.width ?? 0)).toBeLessThan(beside?.x ?? 0);
  await page.getByRole('row', { name: /export.*sts:AssumeRole.*depot-local-invoke\.export/ }).waitFor();
});

test('a call has a lane for each account that takes part, and for no other', async () => {
  const sts = new STSClient(bed.aws.as(`arn:aws:iam::${FURTHER}:role/export`).sdk);
  await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${API}:role/${INVOKE_ROLE}.export`,
      RoleSessionName: 'export',
      ExternalId: 'export-id',
    }),
  );
  sts.destroy();
  await view('Calls');
  await page.getByLabel('Account').selectOption({ label: FURTHER });
  await page
    .getByRole('option', { name: /sts AssumeRole/ })
    .first()
    .click();
  await detail().locator('.decision').first().waitFor();
  expect(await detail().locator('.lane-name').allInnerTexts()).toEqual([FURTHER.slice(-3), 'A']);
  await page.getByLabel('Account').selectOption({ label: 'All' });
  await invokeCaller();
  expect(await detail().locator('.lane-name').allInnerTexts()).toEqual(['B', 'A']);
});

describe.each([
  ['light', 1600],
  ['dark', 1600],
  ['light', 1280],
  ['light', 400],
  ['dark', 400],
] as const)('in %s, %i pixels wide', (theme, width) => {
  test('axe finds nothing, and no view is wider than the window', async () => {
    await invokeCaller();
    const signature = await signWrongly(aws);
    await open({ width, height: 900, dark: theme === 'dark' });
    const check = async (name: string) => {
      await picture(`${name}-${theme}-${width}`);
      expect(await violations()).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.evaluate('document.getElementById("main").scrollWidth')).toBeLessThanOrEqual(width);
    };
    await page.locator('.card').first().waitFor();
    await page.getByRole('button', { name: 'execute-api:Invoke' }).first().click();
    await page.getByRole('button', { name: 'Compare with the calls' }).click();
    await page.getByText('Under it, ').first().waitFor();
    await check('map');
    await view('Calls');
    await page.locator('.row').first().waitFor();
    await check('calls');
    await page
      .getByRole('option', { name: /lambda Invoke/ })
      .first()
      .click();
    await detail().locator('.decision').first().waitFor();
    await check('call');
    await page.evaluate(`location.hash = '#/calls/${signature}'`);
    await detail()
      .getByRole('row', { name: /first difference host:127\.0\.0\.1:\d+ host:127\.0\.0\.1$/ })
      .waitFor();
    await check('signature');
    await view('Ask');
    await page.getByLabel('Principal', { exact: true }).fill(`arn:aws:iam::${CALLER}:role/${CALLER_ROLE}`);
    await page.getByLabel('Action', { exact: true }).fill('sts:AssumeRole');
    await page.getByLabel('Resource', { exact: true }).fill(`arn:aws:iam::${API}:role/${INVOKE_ROLE}`);
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('make the request with').waitFor();
    await check('ask');
  });
});

/** Sends a request whose signature covers the host without its port, a common mistake. @returns its request ID */
async function signWrongly(to: LocalAws): Promise<string> {
  const body = Buffer.from('Action=GetCallerIdentity&Version=2011-06-15');
  const headers = signRequest(
    {
      method: 'POST',
      host: '127.0.0.1',
      rawPath: '/',
      rawQuery: '',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    to.directory.administrator(API),
    { region: 'us-east-1', service: 'sts' },
    new Date(),
  );
  const response = await fetch(to.url, { method: 'POST', headers, body });
  await response.text();
  return response.headers.get('x-amzn-requestid') ?? '';
}

test('hostile names are shown as text', async () => {
  const hostile = '<img src=x onerror=alert(1)>';
  const { accessKeyId } = aws.directory.administrator(API);
  aws.trace.record({
    time: new Date(),
    requestId: 'hostile-request',
    accountId: API,
    principal: `arn:aws:iam::${API}:user/${hostile}`,
    accessKeyId,
    service: '"><script>alert(1)</script>',
    operation: `${hostile} javascript:alert(1)`,
    decisions: [
      {
        principalArn: `arn:aws:iam::${API}:user/${hostile}`,
        action: 'sts:AssumeRole',
        resource: `arn:aws:iam::${API}:role/</script><script>alert(1)</script>`,
        context: { [hostile]: hostile },
        allowed: false,
        denial: 'explicit',
        decidedBy: [{ kind: 'identity-based policy', policy: hostile, statement: hostile, effect: 'Deny' }],
        consulted: [
          {
            kind: 'identity-based policy',
            policy: hostile,
            statements: [
              {
                statement: hostile,
                effect: 'Deny',
                matches: true,
                mismatches: [],
                source: {
                  Sid: hostile,
                  Effect: 'Deny',
                  Action: 'sts:AssumeRole',
                  Resource: '*',
                  Condition: { StringEquals: { [`aws:RequestTag/${hostile}`]: hostile } },
                },
              },
            ],
          },
        ],
      },
    ],
    status: 403,
    errorCode: hostile,
    errorMessage: hostile,
    durationMs: 1,
  });
  page.on('dialog', (dialog) => {
    complaints.push('a dialog was opened');
    void dialog.dismiss();
  });
  await view('Calls');
  await page.getByRole('option', { name: /javascript:alert/ }).click();
  await detail().getByText(hostile).first().waitFor();
  await detail().locator('.statement').first().waitFor();
  expect(await page.locator('img, main script').count()).toBe(0);
  await picture('hostile');
});

test('the token is in no storage and not in the address bar, and a reload keeps it', async () => {
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  const token = aws.consoleUrl.split('#token=')[1] ?? '';
  await view('Calls');
  expect(page.url()).not.toContain(token);
  expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(
    token,
  );
  await page.reload();
  await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  expect(page.url()).toMatch(/#\/calls$/);
});

test('a page that has rebound its name to this machine gets no data', async () => {
  const { port } = new URL(aws.url);
  const rebound = await startChromium(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
  try {
    const evil = await rebound.newPage();
    const response = await evil.goto(`http://evil.example:${port}/_local-aws/console`);
    expect(response?.status()).toBe(403);
    const token = aws.consoleUrl.split('#token=')[1];
    const read = (path: string) =>
      evil.evaluate<number>(
        `fetch('/_local-aws/console${path}', { headers: { authorization: 'Bearer ${token}' } }).then((r) => r.status)`,
      );
    expect(await read('/map')).toBe(403);
    const across = await evil.evaluate(
      `fetch('${aws.url}/_local-aws/console/map', { headers: { authorization: 'Bearer ${token}' } }).then(() => 'read', () => 'blocked')`,
    );
    expect(across).toBe('blocked');
  } finally {
    await rebound.close();
  }
});

test('an open page connects again after a restart of local AWS, and shows only the new calls', async () => {
  const root = await mkdtemp(join(tmpdir(), 'restart-'));
  let other = await startLocalAws({ root, port: 0 });
  try {
    await open({ url: other.consoleUrl });
    const status = page.getByRole('status');
    await status.filter({ hasText: 'Live' }).waitFor();
    await view('Calls');
    await signWrongly(other);
    await page.getByText('1 call', { exact: true }).waitFor();

    const { port } = other.instance;
    await other.close();
    await status.filter({ hasText: 'Reconnecting' }).waitFor();
    other = await startLocalAws({ root, port });
    await status.filter({ hasText: 'Live' }).waitFor();
    const id = await signWrongly(other);
    await page.locator(`#row-${id}`).waitFor();
    await page.getByText('1 call', { exact: true }).waitFor();
  } finally {
    // Its stream must not break off after the complaints are counted.
    await page.goto('about:blank');
    await other.close();
    await rm(root, { recursive: true, force: true });
    // The browser reports each attempt to connect.
    complaints = complaints.filter(
      (text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/.test(text),
    );
    hosts.delete(new URL(other.url).host);
  }
});

test('the saved page opens from disk with the same views, and cannot change anything', async () => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save' }).click(),
  ]);
  const file = join(bed.localAwsRoot, 'saved.html');
  await download.saveAs(file);
  const text = await readFile(file, 'utf8');
  const data = text.split('id="recording">')[1]?.split('</script>')[0] ?? '';
  expect(text.length - data.length).toBeLessThan(300_000);

  await open({ url: pathToFileURL(file).href });
  await page.getByText(/^Recorded/).waitFor();
  await page.locator('.card').first().waitFor();
  await view('Calls');
  await page
    .getByRole('option', { name: /lambda Invoke/ })
    .first()
    .click();
  await detail().locator('.decision').first().waitFor();
  await picture('saved');
  await view('Ask');
  await page.getByText('This page is a recording').waitFor();
  expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
});

test('ten thousand calls are a list of a few rows, and scroll to the end', async () => {
  const [event] = aws.trace.events().slice(-1);
  if (event === undefined) throw new Error('There is no call.');
  await view('Calls');
  for (let index = 0; index < 10_000; index += 1) {
    aws.trace.record({
      ...event,
      requestId: `many-${index}`,
      service: 'sts',
      operation: 'AssumeRole',
      status: 200,
    });
  }
  await page.getByText(/10,\d{3} calls/).waitFor();
  const list = page.getByRole('listbox', { name: 'Calls' });
  expect(await list.getByRole('option').count()).toBeLessThan(60);
  await list.focus();
  await page.keyboard.press('End');
  await list.locator('[aria-selected=true]').waitFor();
  await page.keyboard.press('Home');
  await page.locator('#row-many-9999').waitFor();
  await picture('many');
  // The trace keeps fewer calls than the page: the details of the oldest are gone.
  complaints = complaints.filter((text) => !text.includes('404'));
});

async function expectText(
  locator: ReturnType<Page['getByRole']>,
  patterns: readonly RegExp[],
): Promise<void> {
  await locator.nth(patterns.length - 1).waitFor();
  const texts = await locator.allInnerTexts();
  for (const [index, pattern] of patterns.entries()) expect(texts[index]).toMatch(pattern);
}
