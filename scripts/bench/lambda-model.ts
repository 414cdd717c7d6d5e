/**
 * The sizes of memory of the model's table, in MB. From 1,769 MB on, a function has a whole CPU:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export const MEMORY_SIZES = [256, 512, 1_769] as const;

const WHOLE_CPU_MB = 1_769;

/** The time of a round trip, in ms: an assumption, which is the same for all. */
const ROUND_TRIP_MS = 1;

/** One measured invocation. */
export interface MeasuredInvocation {
  /** The init phase, in ms. 0 if it is warm. */
  readonly initMs: number;
  /** From the event to the answer, on a whole CPU, in ms. */
  readonly durationMs: number;
  /** The CPU time of the process until the end of its init phase, in ms, with Node's own start. 0 if it is warm. */
  readonly initCpuMs: number;
  /** The CPU time of the invocation, in ms. With helper threads, it can be more than the duration. */
  readonly cpuMs: number;
  /** The round trips for which the function waited, those of the init phase included. */
  readonly roundTrips: number;
}

/** The share of a CPU that Lambda gives an invocation: from 0 to 1. @param memoryMb the function's memory */
export function cpuShare(memoryMb: number): number {
  return Math.min(1, memoryMb / WHOLE_CPU_MB);
}

/**
 * Models the time of an invocation on Lambda, in ms, init phase included: computing takes longer by the share of the CPU, and each
 * round trip takes a millisecond. The init phase has a whole CPU at any size. What this machine waited for is in no part of it.
 */
export function timeAt({ initCpuMs, cpuMs, roundTrips }: MeasuredInvocation, memoryMb: number): number {
  return initCpuMs + cpuMs / cpuShare(memoryMb) + roundTrips * ROUND_TRIP_MS;
}

/** Prices of arm64 in us-east-1, in dollars, without the free tier: https://aws.amazon.com/lambda/pricing/ */
const GB_SECOND = 0.0000133334;
const MILLION_REQUESTS = 0.2;

/**
 * The price of a million invocations, in dollars. Lambda bills the init phase, too, and rounds up to a millisecond:
 * https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
 * @param ms of one invocation, init phase included
 */
export function priceOfMillion(ms: number, memoryMb: number): number {
  const seconds = (Math.ceil(ms) / 1_000) * 1_000_000;
  return MILLION_REQUESTS + (memoryMb / 1_024) * seconds * GB_SECOND;
}
