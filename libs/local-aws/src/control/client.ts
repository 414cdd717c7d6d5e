import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { PolicyReader } from '@cross-account-api/iam/explanation';
import { errorMessage } from '../core/errors.ts';
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

/** The running local AWS cannot be asked. The message names the file or the address, and the remedy. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code = 'NO_CONTROL';
}

/** Without its own files, local AWS runs on, but its commands do not find it. */
const STARTED_AGAIN =
  'End local AWS with Ctrl-C in its terminal, and start it again: it then writes its files anew.';

async function readFacts(aws: ControlledAws, body: string): Promise<unknown> {
  const answer = await callControl(aws, 'POST', POLICIES_PATH, body);
  if (!answer.ok) throw new ControlError(messageOf(answer));
  return (answer.document as { readonly facts?: unknown }).facts;
}

/**
 * Sends a request to a control path of a running local AWS, with the control token.
 * @param body JSON, for POST and PUT
 * @throws ControlError if there is no token, if it is not the one of this local AWS, or if local AWS does not answer
 */
export async function callControl(
  { url, root }: ControlledAws,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body = '',
): Promise<ControlAnswer> {
  const { controlToken } = stateFiles(root);
  const token = await readFile(controlToken, 'utf8').catch((error: unknown) => {
    throw new ControlError(`${controlToken} cannot be read (${errorMessage(error)}). ${STARTED_AGAIN}`);
  });
  const headers = { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' };
  // Without the shared agent, the token does not go to a proxy that the environment names.
  const outgoing = request(new URL(path, url), { method, headers, agent: false }).end(body);
  const answered = once(outgoing, 'response').catch((error: unknown) => {
    throw new ControlError(`Local AWS does not answer at ${url} (${errorMessage(error)}). Start it again.`);
  });
  const [response] = (await answered) as [IncomingMessage];
  const { statusCode = 0 } = response;
  if (statusCode === 401) {
    response.resume();
    throw new ControlError(`${controlToken} is not the token of the local AWS that runs. ${STARTED_AGAIN}`);
  }
  return { ok: statusCode < 400, document: await json(response) };
}
