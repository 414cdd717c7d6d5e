export { type IdempotencyOptions, idempotencyTable } from './idempotency.ts';
