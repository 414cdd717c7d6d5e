import { defined } from '../core/defined.ts';
import { explainEvent, isRefused, neededBy, provenBy } from '../explain/refusal.ts';
import type { TraceEvent } from '../trace/event.ts';
import { recordOf, type TraceRecord } from '../trace/record.ts';
import { explainDecision, type TextOptions } from './explained-decision.ts';
import type { CallDetails } from './model.ts';

/** Explains a call as the command `explain` does, with every consulted policy. */
export function detailsOf(event: TraceEvent, events: readonly TraceEvent[], texts: TextOptions): CallDetails {
  const record = {
    ...recordOf(event),
    decisions: event.decisions.map((decision) => ({ ...decision, consulted: decision.consulted })),
  };
  const succeeded = isRefused(record) ? successSince(event, record, events) : undefined;
  const { decision, remedies, ...explanation } = explainEvent(record, succeeded);
  return {
    ...defined(explanation),
    ...(decision && explainDecision(decision, remedies, texts)),
  };
}

/** The latest successful call on the same subject as an earlier, refused one. */
function successSince(
  refused: TraceEvent,
  record: TraceRecord,
  events: readonly TraceEvent[],
): TraceRecord | undefined {
  const needed = neededBy(record);
  const later = events.slice(events.indexOf(refused) + 1).filter(({ status }) => status > 0);
  return later.map(recordOf).findLast((one) => provenBy(one).includes(needed));
}
