export { admitsCaller, type Ending, judgeStatement } from './ending.ts';
export type { Guard, Outsider, Witness } from './guard.ts';
export type { Wish, Zone } from './kinds.ts';
export { type Meter, meterOf } from './sample.ts';
export type { Limits } from './search.ts';
