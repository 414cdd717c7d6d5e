import type { readCall } from '../../../call/call-options.ts';
import type { TestPair } from '../../../stage/test-pair.testing.ts';
import type { PolicyInPlace } from './documents.testing.ts';

/** The options of `explain`. The real call is made of the same values. */
export type CallValues = Parameters<typeof readCall>[0];

/** The outcome of a call. */
export interface Outcome {
  readonly succeeds: boolean;
  /** The refusal, or the answer. */
  readonly answer: string;
}

/** An implementation of AWS in which pairs are deployed. */
export interface Place {
  /** The variables with which the AWS SDK finds the profiles `local-api` and `local-caller`. */
  readonly variables: Readonly<Record<'AWS_CONFIG_FILE' | 'AWS_SHARED_CREDENTIALS_FILE', string>>;
  readonly sdk: TestPair['sdk'];
  /** @returns the outputs of the stack */
  createStack(accountId: string, name: string, template: object): Promise<Readonly<Record<string, string>>>;
  updateStack(accountId: string, name: string, template: object): Promise<void>;
  /** The service or resource control policy of an account, which the account may read. */
  controlPolicy(kind: 'serviceControlPolicies' | 'resourceControlPolicies', accountId: string): PolicyInPlace;
  /** VPC endpoints of the caller's account. */
  readonly vpcEndpointIds: { readonly admitted: string; readonly other: string };
  /** The policy of a VPC endpoint. Absent where endpoints have none. */
  endpointPolicy?(id: string): PolicyInPlace;
  /** The function runs, assumes its role (if it has one), and signs a request. Absent where functions do not run. */
  call?(values: CallValues): Promise<Outcome>;
  close(): Promise<void>;
}
