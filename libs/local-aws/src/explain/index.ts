export { VERIFY_USER_AGENT } from '../trace/event.ts';
export { readTraceFile } from '../trace/file.ts';
export type { FailureRecord, TraceRecord } from '../trace/record.ts';
export { type Explanation, explainEvent, isRefused, neededBy, provenBy, refusedBy } from './refusal.ts';
export { type RenderOptions, renderAnswer, renderExplanation } from './render.ts';
export { renderRoleUse } from './render-role-use.ts';
