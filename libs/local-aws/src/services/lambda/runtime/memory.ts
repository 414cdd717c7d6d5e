import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process's memory in KiB, now and at its peak so far. */
export interface MemoryUse {
  readonly residentKb: number;
  readonly peakKb: number | undefined;
}

/** Reads a process's memory, or `undefined` if it has ended: from `/proc` on Linux, through `ps` elsewhere (which knows only the present use). */
export async function memoryOf(pid: number): Promise<MemoryUse | undefined> {
  return process.platform === 'linux' ? linuxMemoryOf(pid) : psMemoryOf(pid);
}

/** How often a running function's memory is looked at, in milliseconds. Elsewhere than on Linux each look starts a process. */
export const MEMORY_WATCH_INTERVAL_MS = process.platform === 'linux' ? 100 : 1_000;

/** The synchronous form for Linux; `undefined` elsewhere. */
export function linuxMemoryOf(pid: number): MemoryUse | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const kb = (line: RegExp) => Number(line.exec(status)?.[1]);
    const residentKb = kb(/^VmRSS:\s*(\d+) kB/m);
    return Number.isNaN(residentKb) ? undefined : { residentKb, peakKb: kb(/^VmHWM:\s*(\d+) kB/m) };
  } catch {
    return undefined;
  }
}

function psMemoryOf(pid: number): Promise<MemoryUse | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) => {
      const residentKb = Number.parseInt(stdout, 10);
      resolve(error || Number.isNaN(residentKb) ? undefined : { residentKb, peakKb: undefined });
    });
  });
}
