import { type LocalAws, startLocalAws, type TraceEvent } from '@cross-account-api/local-aws';
import { parseFaultPlan } from '@cross-account-api/local-aws/faults';

export const start = (root: string): Promise<LocalAws> => startLocalAws({ root, port: 0 });
export const events = (aws: LocalAws): readonly TraceEvent[] => aws.trace.events();
export { parseFaultPlan };
