import type { Framework } from '../framework.ts';
import { propertiesOf } from '../properties.ts';

/** Lambda's answer to `Invoke`. */
interface InvokeAnswer {
  readonly FunctionError?: string | undefined;
  readonly Payload?: Uint8Array;
}

/** The framework's plugin for `sls invoke`. */
interface InvokePlugin {
  readonly hooks?: Readonly<Record<string, unknown>>;
  log?: (answer: InvokeAnswer) => void;
}

/**
 * Lets `sls invoke` end with the message of a function that failed, and with what to do next. Without it, the command ends with the
 * stack, whose lines are positions in minified code, and with "Invoked function failed". The log keeps the stack.
 */
export function explainFunctionErrors(
  { classes, pluginManager, processedInput: { options } }: Framework,
  stage: string,
): void {
  for (const plugin of pluginManager.plugins as readonly InvokePlugin[]) {
    const { log, hooks = {} } = plugin;
    if (log === undefined || !('invoke:invoke' in hooks)) continue;
    plugin.log = (answer) => {
      const { trace, ...document } = errorDocumentOf(answer);
      if (trace === undefined) return log.call(plugin, answer);
      // The log's end, which `--log` asks for, stays.
      const Payload = Buffer.from(JSON.stringify(document));
      log.call(plugin, { ...answer, FunctionError: undefined, Payload });
      throw new classes.Error(
        `${document.errorType}: ${document.errorMessage}\n\n${remedyIn(stage, options.function ?? 'NAME')}`,
        'AWS_LAMBDA_INVOCATION_FAILED',
      );
    };
  }
}

/** The error document of a function that threw, with its stack as `trace`. Empty for any other answer. */
function errorDocumentOf({ FunctionError, Payload }: InvokeAnswer): Readonly<Record<string, unknown>> {
  if (FunctionError === undefined || Payload === undefined) return {};
  try {
    return propertiesOf(JSON.parse(Buffer.from(Payload).toString()));
  } catch {
    return {};
  }
}

function remedyIn(stage: string, functionName: string): string {
  return stage === 'local'
    ? 'npm run explain shows why, and the line of the sources.'
    : `For the stack, mapped to the sources: npm run --silent logs -- --function ${functionName} --stage ${stage} | npm run --silent stack-trace -- --stage ${stage}`;
}
