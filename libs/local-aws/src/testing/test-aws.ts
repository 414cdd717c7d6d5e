import { readFileSync } from 'node:fs';
import { wildcardMatcher } from '@cross-account-api/iam';
import type { SigningKeys } from '../authentication/sign-request.ts';
import { ClosingStack } from '../core/closing-stack.ts';
import { defined } from '../core/defined.ts';
import type { FaultInjector, FaultMatch } from '../faults/index.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../local-aws.ts';
import { ROOT_VARIABLE, stateFiles } from '../state-directory/index.ts';
import { createTemporaryFolder } from '../temporary/index.ts';
import type { TraceEvent } from '../trace/event.ts';
import { type Actor, createActor } from './actor.ts';
import type { DeployedStack } from './cloudformation.ts';
import { watchTrace } from './decision-on.ts';
import { type DeployOptions, deploy } from './deploy.ts';
import { useForFetch } from './global-fetch.ts';
import { createSender, readRequest } from './send.ts';

/** The IDs of the accounts: `api` for what is called, `caller` for who calls. */
export const accounts = { api: '111111111111', caller: '222222222222' } as const;

/** Options of {@link startTestAws}: those of local AWS, except where it is. */
export type TestAwsOptions = Omit<LocalAwsOptions, 'root' | 'port' | 'clock'>;

/** Which calls to list. The patterns are those of a fault plan: `*` and `?` are wildcards. */
export type CallMatch = Pick<FaultMatch, 'service' | 'operation' | 'principal' | 'account'>;

/** A local AWS for the tests of a file. */
export interface TestAws {
  /** `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** The region of actors and deployments that name no other. */
  readonly region: string;
  /** The local AWS itself, for what is not here: its trace, its console, and its directory of identities. */
  readonly localAws: LocalAws;
  /** The folder with its state directory `.local-aws`, for `LOCAL_AWS_ROOT`. */
  readonly root: string;
  /**
   * Deploys a stack, or updates it, and waits until it is complete.
   * @param source the folder of a service after `sls package`, or the folder that `--package` named; or a CloudFormation template, as the path
   * of its file or as an object
   * @param options.account the account
   * @param options.as who deploys, as for {@link TestAws.as}. Default: the account's administrator
   * @throws DeploymentInputError if the package is not there, or the template has placeholders (`….invalid`) that `replace` does not name
   * @throws DeploymentError with the first failure of CloudFormation
   */
  deploy(source: string | object, options: DeployTarget): Promise<DeployedStack>;
  /**
   * Acts as the administrator of an account; as a role, in a session of an hour, whether or not its trust policy would let you; or with the
   * keys of a user or a session.
   * @param options.sessionName of a role's session. Default: `test`
   * @throws Error if there is no such account or role
   */
  as(principal: string | SigningKeys, options?: { readonly sessionName?: string }): Actor;
  /**
   * As the global `fetch`, but sent to local AWS, unsigned: through its proxy and TLS, as from a function. It follows no redirect. Hosts outside
   * AWS are refused.
   */
  fetch: typeof globalThis.fetch;
  /**
   * Leads the global `fetch` and `node:https` of this process to local AWS, for code that uses them. Closing ends that, too.
   * @returns a function that restores proxy and CA
   * @throws Error before Node 24.14
   */
  useForFetch(): () => void;
  /**
   * The calls so far, in the order in which they were answered. At most 2,000 are kept.
   * @throws TypeError for another member of `match`, which would list all calls, or a pattern that is no text
   */
  calls(match?: CallMatch): readonly TraceEvent[];
  /** The faults to inject. */
  readonly faults: FaultInjector;
  /** Lets time pass in the accounts: see {@link LocalAws.advance}. */
  advance(ms: number): void;
  /** Empties the accounts: see {@link LocalAws.reset}. */
  reset(): Promise<void>;
  /** The environment for a child process that calls local AWS. @param profile default `local-caller` @throws TypeError if there is no such profile */
  environment(profile?: string): Readonly<Record<string, string>>;
  /** Ends everything and removes its folder. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The account of a deployment, and who deploys. */
export interface DeployTarget extends DeployOptions {
  /** Twelve digits. */
  readonly account: string;
  readonly as?: string | SigningKeys | undefined;
}

/** The time for which `as(roleArn)` is valid. */
const SESSION_SECONDS = 3_600;

/**
 * Starts a local AWS with a folder and a port that nobody else uses. Close it after the tests.
 * @throws what `startLocalAws` throws
 * @example const aws = await startTestAws(); // at the end: await aws.close();
 */
export async function startTestAws(options: TestAwsOptions = {}): Promise<TestAws> {
  await using stack = new ClosingStack();
  const { path: root, close } = await createTemporaryFolder('test');
  stack.defer(close);
  const localAws = await startLocalAws({ ...options, root, port: 0 });
  stack.defer(() => localAws.close());
  stack.defer(watchTrace(localAws.trace));
  const { url } = localAws;
  const { region } = localAws.instance;
  const origin = { url, ca: () => readFileSync(stateFiles(root).ca, 'utf8') };
  const sender = createSender(origin);
  stack.defer(() => sender.close());

  const keysOf = (principal: string | SigningKeys, sessionName: string): SigningKeys => {
    if (typeof principal !== 'string') return principal;
    const { directory } = localAws;
    if (!principal.startsWith('arn:')) return keysIn(directory.administrator(principal));
    const role = directory.roles.findByArn(principal);
    if (role === undefined) throw new Error(noSuchRole(principal, localAws));
    return keysIn(directory.beginSession({ role, sessionName, durationSeconds: SESSION_SECONDS }));
  };
  const as: TestAws['as'] = (principal, { sessionName = 'test' } = {}) =>
    createActor(keysOf(principal, sessionName), { sender, endpoint: url, region });
  const running = stack.move();
  const end = () => running[Symbol.asyncDispose]();
  return {
    url,
    region,
    localAws,
    root,
    deploy: (source, { account, as: principal = account, ...target }) =>
      deploy(source, target, as(principal), region),
    as,
    fetch: async (input, init) => sender.send(await readRequest(input, init)),
    useForFetch() {
      const restore = useForFetch(origin);
      running.defer(restore);
      return restore;
    },
    calls(match = {}) {
      const patterns = Object.entries(defined(match)).map(([fact, pattern]) => {
        checkMatch(fact, pattern);
        return [fact as keyof CallMatch, wildcardMatcher(pattern)] as const;
      });
      return localAws.trace.events().filter((event) => {
        const { service, operation, principal, accountId: account } = event;
        const facts = { service, operation, principal, account };
        return patterns.every(([fact, fits]) => facts[fact] !== undefined && fits(facts[fact]));
      });
    },
    faults: localAws.faults,
    advance: (ms) => localAws.advance(ms),
    reset: () => localAws.reset(),
    environment: (profile) => ({ ...localAws.environment(profile), [ROOT_VARIABLE]: root }),
    close: end,
    [Symbol.asyncDispose]: end,
  };
}

/** The members of {@link CallMatch}. The compiler asks for each name. */
const CALL_FACTS: Readonly<Record<keyof CallMatch, true>> = {
  service: true,
  operation: true,
  principal: true,
  account: true,
};

function checkMatch(fact: string, pattern: unknown): void {
  if (!Object.hasOwn(CALL_FACTS, fact))
    throw new TypeError(`calls() lists by ${Object.keys(CALL_FACTS).join(', ')}, and not by ${fact}.`);
  if (typeof pattern !== 'string')
    throw new TypeError(`The ${fact} of calls() must be a text, with * and ? as wildcards.`);
}

function keysIn({ accessKeyId, secretAccessKey, sessionToken }: SigningKeys): SigningKeys {
  return { accessKeyId, secretAccessKey, ...defined({ sessionToken }) };
}

function noSuchRole(arn: string, { directory }: LocalAws): string {
  const known = directory.accountIds
    .flatMap((accountId) => directory.roles.list(accountId))
    .map((role) => role.arn);
  const others =
    known.length === 0 ? 'There are no roles yet: deploy first.' : `There are ${known.join(', ')}.`;
  return `There is no role ${arn.slice(0, 200)}. ${others}`;
}
