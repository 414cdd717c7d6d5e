import type { FaultEffect, FaultMatch, FaultPlanInput } from '@cross-account-api/local-aws/faults';
import { CALLER, EXECUTOR } from './pair.ts';

/** A fault, and how often it occurs relative to the others of its service. */
interface Share {
  readonly name: string;
  readonly weight: number;
  readonly effect: FaultEffect;
}

/** Faults of any service. */
const ofAnyService: readonly Share[] = [
  { name: 'fails', weight: 2, effect: { type: 'error', status: 500, code: 'InternalFailure' } },
  {
    name: 'is unavailable after the request was carried out',
    weight: 1,
    effect: { type: 'error', status: 503, code: 'ServiceUnavailable', when: 'after' },
  },
  { name: 'throttles', weight: 2, effect: { type: 'throttle' } },
  { name: 'is slow', weight: 2, effect: { type: 'delay', ms: [50, 1_500] } },
  { name: 'drops the connection', weight: 2, effect: { type: 'drop-before' } },
  {
    name: 'drops the connection after the request was carried out',
    weight: 2,
    effect: { type: 'drop-after' },
  },
  { name: 'cuts the response', weight: 2, effect: { type: 'cut' } },
];

/** Faults of API Gateway only. */
const ofApi: readonly Share[] = [
  { name: 'says when to come back', weight: 1, effect: { type: 'throttle', retryAfterSeconds: 1 } },
  { name: 'finds the session expired', weight: 0.5, effect: { type: 'expire-session' } },
  { name: 'finds the session revoked', weight: 0.5, effect: { type: 'revoke-session' } },
];

/** The options of the mix. */
export interface MixOptions {
  readonly seed: number;
  /** The share of requests that faults strike, from 0 to 1. */
  readonly rate: number;
  readonly maxSessionSeconds: number;
  /** The number of requests to the API between two periods with a skewed clock. */
  readonly skewEvery: number;
  /** The number of requests to the API for which a clock is skewed. Each caller must meet the skew once. */
  readonly skewLasts: number;
}

/**
 * A mix of all faults. They strike the share `rate` of the requests that the services make to AWS, and of the processes that run
 * them. A clock is skewed for a while, because a client can only adapt to a clock that stays.
 */
export function faultMix({
  seed,
  rate,
  maxSessionSeconds,
  skewEvery,
  skewLasts,
}: MixOptions): FaultPlanInput {
  const processes = (name: string, match: FaultMatch, share: number) => [
    {
      name: `${name} is killed before its handler`,
      match,
      rate: share * 0.4,
      effect: { type: 'kill-function' } as const,
    },
    {
      name: `${name} is killed after its handler`,
      match,
      rate: share * 0.4,
      effect: { type: 'kill-function', when: 'after' } as const,
    },
    { name: `${name} stalls`, match, rate: share * 0.2, effect: { type: 'stall-function' } as const },
  ];
  const skew = (service: string, every: number, lasts: number, seconds: number) => ({
    name: `${service}: has a clock that is off`,
    match: { service },
    every,
    lasts,
    effect: { type: 'skew' as const, seconds },
  });
  return {
    seed,
    maxSessionSeconds,
    rules: [
      // These come first: where another fault strikes instead, the clock is right for one request.
      skew('execute-api', skewEvery, skewLasts, 1_200),
      skew('sts', 150, 100, -1_200),
      {
        name: 'iam: spreads a change later',
        match: { service: 'iam' },
        effect: { type: 'propagation', ms: 1_500 },
      },
      ...processes('api process', { function: EXECUTOR }, rate * 0.1),
      ...processes('caller process', { function: CALLER }, rate * 0.05),
      ...rulesOf('execute-api', rate * 0.9, [...ofAnyService, ...ofApi]),
      ...rulesOf('sts', rate, ofAnyService),
      ...rulesOf('dynamodb', rate, ofAnyService),
    ],
  };
}

function rulesOf(service: string, rate: number, shares: readonly Share[]) {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  // A rule only gets the requests that the rules before it did not strike.
  let left = 1;
  return shares.map(({ name, weight, effect }) => {
    const probability = (rate * weight) / total;
    const rule = { name: `${service}: ${name}`, match: { service }, rate: probability / left, effect };
    left -= probability;
    return rule;
  });
}
