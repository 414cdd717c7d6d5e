/** What one kind of refusal says, means, and calls for. */
export interface RefusalWords {
  /** Finds the words of AWS or of a client anywhere in a text. A group is the value that they name. */
  readonly says?: RegExp;
  /** The whole message, without its full stop. A longer text that contains it says something else. */
  readonly saysOnly?: RegExp;
  /** Whether these words quote another service's denial, and say more than it does. They are looked for first. */
  readonly quotesDenial?: true;
  /** The meaning, in a sentence or more. */
  readonly means: string;
  /** What to do next, each in a sentence. */
  readonly advice: readonly string[];
  /** What to do next if the text names the value. */
  readonly adviceFor?: (named: string) => readonly string[];
  /** Whether it is certain what is at fault. If not, the chain from the caller to the API has to be judged. */
  readonly tellsCause: boolean;
  /** The address of the page that the advice follows. */
  readonly source?: string;
}
