import type { PlannedChange } from './change/plan.ts';
import type { Deployment } from './deployment.ts';

/** What happens to the resources of a stack whose deployment fails. */
export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

/** A set of planned changes that waits to be executed. */
export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly description?: string;
  /** Tells a repeated request from another change set of the same name. */
  readonly clientToken?: string;
  readonly createdAt: Date;
  readonly status: 'CREATE_COMPLETE' | 'FAILED';
  readonly statusReason?: string;
  readonly executionStatus:
    | 'UNAVAILABLE'
    | 'AVAILABLE'
    | 'EXECUTE_IN_PROGRESS'
    | 'EXECUTE_COMPLETE'
    | 'EXECUTE_FAILED'
    | 'OBSOLETE';
  readonly deployment: Deployment;
  readonly changes: readonly PlannedChange[];
  readonly onFailure?: OnFailure;
}
