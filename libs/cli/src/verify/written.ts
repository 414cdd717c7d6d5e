import type { ProbeRequest, ProbeResult } from './probe.ts';

/** The outcomes of requests that were not executed. */
const REFUSED = /^(4\d\d|AssumeRoleDenied|CredentialsUnavailable)/;

/**
 * Says what probes may have left behind in the API.
 * @returns a sentence or two for a person. `undefined`: they have executed nothing that writes
 */
export function noteOfWrites(results: readonly ProbeResult[]): string | undefined {
  const routes = results.flatMap(({ probe, observed }) => {
    const route = writtenRoute(probe.request);
    return route === undefined || REFUSED.test(observed.outcome) ? [] : [route];
  });
  if (routes.length === 0) return undefined;
  return `The probes have executed ${[...new Set(routes)].join(', ')}. What the API has stored stays.`;
}

/** The route of a request that may write. */
function writtenRoute(request: ProbeRequest): string | undefined {
  if (request.kind !== 'call' && request.kind !== 'send') return undefined;
  const { method, path } = request.kind === 'call' ? request.operation : request.request;
  return method === 'GET' || method === 'HEAD' ? undefined : `${method} ${path}`;
}
