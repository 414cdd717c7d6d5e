import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { PolicyReader } from '@cross-account-api/iam';
import { FAULTS_PATH } from '../faults/fault-control.ts';
import { stateFiles } from '../state-directory/state-files.ts';
import { POLICIES_PATH, type PolicyQuestion } from './policy-control.ts';

interface ControlledAws {
  readonly url: string;
  readonly root: string;
}

/** Reads, replaces or clears the fault plan of a running local AWS. @param plan JSON, for `PUT` */
export function callFaultControl(
  aws: ControlledAws,
  method: 'GET' | 'PUT' | 'DELETE',
  plan?: string,
): Promise<ControlAnswer> {
  return callControl(aws, method, FAULTS_PATH, plan);
}

/** Reads the policies of a running local AWS. It leaves no trace, and reads nothing twice. */
export function createRemotePolicyReader(aws: ControlledAws): PolicyReader {
  const known = new Map<string, Promise<unknown>>();
  const read = <Facts>(question: PolicyQuestion): Promise<Facts | undefined> => {
    const body = JSON.stringify(question);
    const reading = known.get(body) ?? readFacts(aws, body);
    known.set(body, reading);
    // It is what the PolicyReader of the other process has returned.
    return reading as Promise<Facts | undefined>;
  };
  return {
    organization: (accountId) => read({ read: 'organization', of: accountId }),
    role: (arn) => read({ read: 'role', of: arn }),
    user: (arn) => read({ read: 'user', of: arn }),
    functionPolicy: (arn) => read({ read: 'functionPolicy', of: arn }),
    function: (arn) => read({ read: 'function', of: arn }),
    api: ({ accountId, region, apiId }) => read({ read: 'api', of: { accountId, region, apiId } }),
  };
}

interface ControlAnswer {
  readonly ok: boolean;
  readonly document: unknown;
}

/** The message of a refusal. */
export function messageOf({ document }: ControlAnswer): string {
  return typeof document === 'object' && document !== null && 'message' in document
    ? String(document.message)
    : 'Local AWS refused the request.';
}

async function readFacts(aws: ControlledAws, body: string): Promise<unknown> {
  const answer = await callControl(aws, 'POST', POLICIES_PATH, body);
  if (!answer.ok) throw new TypeError(messageOf(answer));
  return (answer.document as { readonly facts?: unknown }).facts;
}

/** The agent is this call's, so that the token does not go to a proxy that the environment names. */
async function callControl(
  { url, root }: ControlledAws,
  method: string,
  path: string,
  body = '',
): Promise<ControlAnswer> {
  const token = await readFile(stateFiles(root).controlToken, 'utf8');
  const headers = { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' };
  const outgoing = request(new URL(path, url), { method, headers, agent: false }).end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { statusCode = 0 } = response;
  return { ok: statusCode < 400, document: await json(response) };
}
