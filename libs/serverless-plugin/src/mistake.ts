/** The user's mistake. The framework shows only the message, without a stack: the message has the remedy. */
export class Mistake extends Error {
  override readonly name: string = 'Mistake';

  /** This code tells a mistake from a defect of ours, for the framework and for commands that read the settings. */
  readonly code = 'CROSS_ACCOUNT_API';
}
