/** The user's mistake. The framework shows only the message, without a stack: the message has the remedy. */
export class Mistake extends Error {
  override readonly name: string = 'Mistake';

  /** This code tells a mistake from a defect of ours, for the framework and for commands that read the settings. */
  readonly code = 'CROSS_ACCOUNT_API';
}

/** What cannot be deployed in an owner's serverless.yml. */
export interface Fault {
  /** The place in the template or in serverless.yml. @example 'Resources.ApiGatewayRestApi.Properties.Policy' */
  readonly path: string;
  /** What is wrong there, as the rest of a sentence that begins with the path. */
  readonly rule: string;
  /** What to write. */
  readonly remedy: string;
}

/** The mistakes in an owner's serverless.yml, all in one message. */
export class Refusal extends Mistake {
  override readonly name = 'Refusal';
  /** One line for each. */
  readonly lines: readonly string[];

  /** @param faults a text is a whole line */
  constructor(faults: readonly (Fault | string)[]) {
    const lines = faults.map((fault) =>
      typeof fault === 'string' ? fault : `${fault.path} ${fault.rule} ${fault.remedy}`,
    );
    super(
      `serverless.yml cannot be deployed:\n${lines.map((line) => `  ${line}`).join('\n')}\nNothing has been packaged.`,
    );
    this.lines = lines;
  }
}

/** @throws Refusal if there are faults */
export function refuse(faults: readonly (Fault | string)[]): void {
  if (faults.length > 0) throw new Refusal(faults);
}

/**
 * Does work for each item, and goes on with the next item after a mistake.
 * @throws Mistake the only one, or a {@link Refusal} with all of them
 */
export function collectMistakes<Item>(items: Iterable<Item>, work: (item: Item) => void): void {
  const mistakes: Mistake[] = [];
  for (const item of items) {
    try {
      work(item);
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
      mistakes.push(error);
    }
  }
  const [first, ...others] = mistakes;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new Refusal(mistakes.flatMap((each) => (each instanceof Refusal ? each.lines : [each.message])));
}
