import { XMLParser } from 'fast-xml-parser';
import { type SigningKeys, signRequest } from '../authentication/sign-request.ts';
import { isObject } from '../core/is-object.ts';

/** A deployed stack, and the way to ask for it. */
export interface StackQuestion {
  /** The address of local AWS. */
  readonly url: string;
  readonly region: string;
  /** Of the deployer. */
  readonly keys: SigningKeys;
  readonly stackId: string;
}

/**
 * Reads which resources of a stack have no effect in local AWS: the reason of its last event names them, and the framework prints no reasons.
 * @returns a sentence; `undefined` if there are none, or if they cannot be read
 */
export async function readStackNotice({
  url,
  region,
  keys,
  stackId,
}: StackQuestion): Promise<string | undefined> {
  const { host } = new URL(url);
  const body = new URLSearchParams({
    Action: 'DescribeStackEvents',
    Version: '2010-05-15',
    StackName: stackId,
  }).toString();
  const request = { method: 'POST', host, rawPath: '/', rawQuery: '', body: Buffer.from(body) };
  const headers = signRequest(
    { ...request, headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' } },
    keys,
    { service: 'cloudformation', region },
    new Date(),
  );
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) return undefined;
  // The newest event comes first.
  const reason = find(new XMLParser().parse(await response.text()), 'ResourceStatusReason');
  return /These resources have no effect in local AWS: .*?\.(?= These properties|$)/.exec(reason ?? '')?.[0];
}

/** The first text of an element with a name, of the first event. */
function find(value: unknown, name: string): string | undefined {
  const path = ['DescribeStackEventsResponse', 'DescribeStackEventsResult', 'StackEvents', 'member'];
  const events = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
  const [newest] = [events].flat();
  const text = isObject(newest) ? newest[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}
