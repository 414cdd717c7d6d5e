import type { WalkedCall } from '../../call/walk-call.ts';
import { observeChain } from '../../probes/evaluate.ts';

/**
 * What the probe of every step did not know: no failure, and said below the results.
 * @param explain the command that shows the chain
 */
export function notesOfChain(walked: WalkedCall | undefined, explain: string): readonly string[] {
  if (walked === undefined) return [];
  const { chain, notes } = walked;
  return [
    ...(chain.state === 'unread'
      ? [
          `Not every policy of the call could be read: ${observeChain(chain).message}. ${explain} names the missing permissions.`,
        ]
      : []),
    ...notes,
  ];
}
