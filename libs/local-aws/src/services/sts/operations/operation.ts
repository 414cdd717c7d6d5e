import { operationsOf } from '../../../protocols/operation.ts';

/** Declares an operation of STS. */
export const operation = operationsOf('sts');
