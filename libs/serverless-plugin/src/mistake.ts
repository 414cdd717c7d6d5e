/** The user's mistake. The framework shows the message as it is, without a stack: it says what to do. */
export class Mistake extends Error {
  override readonly name: string = 'Mistake';

  /** By it the framework, and commands that read the settings, tell a mistake from a defect of ours. */
  readonly code = 'CROSS_ACCOUNT_API';
}
