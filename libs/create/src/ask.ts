import { createInterface } from 'node:readline/promises';
import { checkOption, defaultsFor, type ProjectOptions, Refusal } from './options.ts';

/** The terminal on which questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks for each option that was not given. An empty answer takes the default, a wrong one is asked for again.
 * @param name the default of the name
 */
export async function askOptions(
  name: string,
  given: Partial<ProjectOptions>,
  { input, output }: Terminal,
): Promise<ProjectOptions> {
  const terminal = createInterface({ input, output });
  /** @throws Refusal if the input ends */
  const ask = async <Value>(
    question: string,
    fallback: string,
    read: (answer: string) => Value,
  ): Promise<Value> => {
    const ended = new Promise<never>((_, reject) => {
      terminal.once('close', () => reject(new Refusal('Nothing was made: the questions were not answered.')));
    });
    for (;;) {
      const answer = await Promise.race([terminal.question(`${question} (${fallback}): `), ended]);
      try {
        return read(answer.trim() || fallback);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        output.write(`  ${error.message}\n`);
      }
    }
  };
  const text = (option: 'name' | 'scope' | 'region' | 'accessMode') => (answer: string) => {
    checkOption(option, answer);
    return answer;
  };
  try {
    const chosen = given.name ?? (await ask('Name', name, text('name')));
    const defaults = defaultsFor(chosen);
    return {
      name: chosen,
      scope: given.scope ?? (await ask('npm scope of its packages', defaults.scope, text('scope'))),
      region: given.region ?? (await ask('Region of stage dev', defaults.region, text('region'))),
      accessMode:
        given.accessMode ??
        ((await ask(
          'How callers get in: assume-role or resource-policy',
          defaults.accessMode,
          text('accessMode'),
        )) as ProjectOptions['accessMode']),
      alarms: given.alarms ?? (await ask('Alarms and dashboards in stage dev', 'no', yesOrNo)),
      ci: given.ci ?? (await ask('Workflows of GitHub Actions', 'yes', yesOrNo)),
    };
  } finally {
    terminal.removeAllListeners('close');
    terminal.close();
  }
}

function yesOrNo(answer: string): boolean {
  if (/^(?:y|yes|n|no)$/i.test(answer)) return /^y/i.test(answer);
  throw new Refusal(`Answer yes or no, not "${answer}".`);
}
