/**
 * An option, of a client or of a call, that cannot be right. Thrown when the client is made or before anything is
 * sent, never in between.
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
    super(`signedFetch: ${option} ${rule}`);
    this.option = option;
  }
}
