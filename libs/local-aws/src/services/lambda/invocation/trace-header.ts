import { randomBytes } from 'node:crypto';

/**
 * The X-Ray trace header of an invocation: the caller's trace, or else a new one, with a new segment (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader).
 * @param incoming the caller's `X-Amzn-Trace-Id`
 * @param active whether the function traces actively: requests without a decision of the caller are sampled
 */
export function traceHeader(incoming: string | undefined, active: boolean, now: Date): string {
  const part = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}=([^;\\s]{1,100})`, 'i').exec(incoming ?? '')?.[1];
  const given = part('Root');
  const root =
    given !== undefined && /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i.test(given)
      ? given
      : `1-${Math.floor(now.getTime() / 1000)
          .toString(16)
          .padStart(8, '0')}-${randomBytes(12).toString('hex')}`;
  const sampled = part('Sampled');
  const decision = sampled === '0' || sampled === '1' ? sampled : active ? '1' : '0';
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=${decision}`;
}
