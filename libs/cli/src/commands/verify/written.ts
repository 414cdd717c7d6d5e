import type { ProbeRequest, ProbeResult } from '../../probes/probe.ts';

/** The outcomes of requests that were not executed. */
const REFUSED = /^(4\d\d|AssumeRoleDenied|CredentialsUnavailable)/;

/** The outcomes of requests that were executed. All others leave it open: a request that timed out may have been executed. */
const EXECUTED = /^(2\d\d|executed twice|another (message|identity))$/;

/**
 * Says what probes may have left behind in the API.
 * @returns a sentence or two for a person. `undefined`: they have executed nothing that writes
 */
export function noteOfWrites(results: readonly ProbeResult[]): string | undefined {
  const written = results.flatMap(({ probe, observed: { outcome } }) => {
    const route = writtenRoute(probe.request);
    return route === undefined || REFUSED.test(outcome) ? [] : [{ route, outcome }];
  });
  if (written.length === 0) return undefined;
  const executed = new Set(written.filter(({ outcome }) => EXECUTED.test(outcome)).map(({ route }) => route));
  const others = new Set(written.map(({ route }) => route).filter((route) => !executed.has(route)));
  return [
    executed.size > 0 && `The probes have executed ${[...executed].join(', ')}.`,
    others.size > 0 && `The probes may have executed ${[...others].join(', ')}: see the results.`,
    'What the API has stored stays.',
  ]
    .filter(Boolean)
    .join(' ');
}

/** The route of a request that may write. */
function writtenRoute(request: ProbeRequest): string | undefined {
  if (request.kind !== 'call' && request.kind !== 'send') return undefined;
  const { method, path } = request.kind === 'call' ? request.operation : request.request;
  return method === 'GET' || method === 'HEAD' ? undefined : `${method} ${path}`;
}
