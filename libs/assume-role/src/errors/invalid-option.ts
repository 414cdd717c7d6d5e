/**
 * An option that cannot be right. Thrown when the middleware or the provider is made, before anything is sent.
 * @example
 * assumeRole({ roleArn: 'my-role' })
 * // InvalidOption: assumeRole: roleArn is "my-role", but must be the ARN of an IAM role, such as …
 */
export class InvalidOption extends TypeError {
  static {
    // On the prototype, so that the stack, which Lambda prints, begins with it.
    Object.defineProperty(InvalidOption.prototype, 'name', { value: 'InvalidOption' });
  }
  declare readonly name: 'InvalidOption';
  readonly code = 'InvalidOption';
  /** The option's name. */
  readonly option: string;

  /**
   * @param option the option's name
   * @param rule what it is, what it must be, and how to get there; the sentence goes on after the option's name
   */
  constructor(option: string, rule: string) {
    super(`assumeRole: ${option} ${rule}`);
    this.option = option;
  }
}
