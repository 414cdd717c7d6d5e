import { defined } from '../core/defined.ts';
import { explainEvent, isRefused, neededBy, provenBy } from '../explain/refusal.ts';
import type { TraceEvent } from '../trace/event.ts';
import { recordOf, type TraceRecord } from '../trace/record.ts';
import { explainDecision, type TextOptions } from './explained-decision.ts';
import type { CallDetails } from './model.ts';

/** Returns a function that explains a call as the command `explain` does, with every consulted policy. */
export function explainer(
  events: readonly TraceEvent[],
  texts: TextOptions,
): (event: TraceEvent) => CallDetails {
  const successOf = latestSuccesses(events);
  return (event) => {
    const record = {
      ...recordOf(event),
      decisions: event.decisions.map((decision) => ({ ...decision, consulted: decision.consulted })),
    };
    const succeeded = isRefused(record) ? successOf(event, record) : undefined;
    const { decision, remedies, ...explanation } = explainEvent(record, succeeded);
    return {
      ...defined(explanation),
      ...(decision && explainDecision(decision, remedies, texts)),
    };
  };
}

/** Returns a function that finds the latest successful call on the same subject as an earlier, refused one. */
function latestSuccesses(events: readonly TraceEvent[]) {
  const places = new Map(events.map((event, place) => [event, place]));
  const latest = new Map<string, TraceEvent>();
  for (const event of events) {
    if (event.status === 0) continue;
    for (const subject of provenBy(event)) latest.set(subject, event);
  }
  return (refused: TraceEvent, record: TraceRecord): TraceRecord | undefined => {
    const found = latest.get(neededBy(record));
    const isLater = found !== undefined && (places.get(found) ?? 0) > (places.get(refused) ?? 0);
    return isLater ? recordOf(found) : undefined;
  };
}
