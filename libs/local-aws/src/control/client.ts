import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { PolicyReader } from '@cross-account-api/iam';
import { isObject } from '../core/is-object.ts';
import { stateFiles } from '../state-directory/state-files.ts';
import { POLICIES_PATH, type PolicyQuestion } from './policy-control.ts';

interface ControlledAws {
  readonly url: string;
  readonly root: string;
}

/** Makes a reader of the policies of a running local AWS. It reads each of them once, and leaves no trace. */
export function createRemotePolicyReader(aws: ControlledAws): PolicyReader {
  const known = new Map<string, Promise<unknown>>();
  const read = <Facts>(question: PolicyQuestion): Promise<Facts | undefined> => {
    const body = JSON.stringify(question);
    const reading = known.get(body) ?? readFacts(aws, body);
    known.set(body, reading);
    // The PolicyReader of the other process returned it.
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
  return isObject(document) ? String(document.message) : 'Local AWS refused the request.';
}

async function readFacts(aws: ControlledAws, body: string): Promise<unknown> {
  const answer = await callControl(aws, 'POST', POLICIES_PATH, body);
  if (!answer.ok) throw new TypeError(messageOf(answer));
  return (answer.document as { readonly facts?: unknown }).facts;
}

/** Sends a request to a control path of a running local AWS, with the control token. @param body JSON, for POST and PUT */
export async function callControl(
  { url, root }: ControlledAws,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body = '',
): Promise<ControlAnswer> {
  const token = await readFile(stateFiles(root).controlToken, 'utf8');
  const headers = { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' };
  // Without the shared agent, the token does not go to a proxy that the environment names.
  const outgoing = request(new URL(path, url), { method, headers, agent: false }).end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const { statusCode = 0 } = response;
  return { ok: statusCode < 400, document: await json(response) };
}
