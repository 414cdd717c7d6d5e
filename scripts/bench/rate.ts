import { type AccessKey, startLocalAwsProcess } from '../lib/local-aws-process.ts';
import type { LoadOrder } from './load.ts';
import { startLoadGenerator } from './load-process.ts';
import { pinned } from './pinned.ts';

/** Answers a second, each second measured on its own. */
export interface Rate {
  readonly rates: readonly number[];
  /** Answers for each second of CPU time that the server used. */
  readonly perCpuSecond: readonly number[];
  /** How much of its core the server used, from 0 to 1. */
  readonly share: number;
}

/** What is requested. */
export type RateTarget = Pick<LoadOrder, 'host' | 'path' | 'region' | 'service' | 'form'>;

/**
 * Measures how many signed requests local AWS answers on one core. Another process sends them, on 16 connections.
 * @param prepare deploys what is requested
 * @param seconds for how long, after a warm-up
 * @throws Error if a request is refused
 */
export async function measureRateOf(
  prepare: (url: string, keys: AccessKey) => Promise<RateTarget>,
  seconds: number,
): Promise<Rate> {
  const server = await startLocalAwsProcess({ node: pinned(0) });
  const load = startLoadGenerator();
  try {
    const keys = server.credentials('111111111111');
    const target = await prepare(server.url, keys);
    const order = { ...target, port: server.port, keys, connections: 16, milliseconds: 1000 };
    await load.run({ ...order, milliseconds: 2000 });
    const rates: number[] = [];
    const perCpuSecond: number[] = [];
    let used = 0;
    for (let second = 0; second < seconds; second += 1) {
      const before = await server.usage();
      const { answered, elapsedMs, failures } = await load.run(order);
      const cpuMs = (await server.usage()).cpuMs - before.cpuMs;
      if (Object.keys(failures).length > 0) throw new Error(`Refused: ${JSON.stringify(failures)}`);
      rates.push((answered / elapsedMs) * 1000);
      perCpuSecond.push((answered / cpuMs) * 1000);
      used += cpuMs / elapsedMs;
    }
    return { rates, perCpuSecond, share: used / seconds };
  } finally {
    load.close();
    await server.close();
  }
}
