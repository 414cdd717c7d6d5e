import { INTERRUPTED, listenForInterruption, terminalPalette } from '@cross-account-api/command-line';
import { command } from '../../command-line.ts';
import { options } from '../../options.ts';
import { projectRoot } from '../../project/project.ts';
import { createSteps } from '../../steps.ts';
import { runChecks } from './checks.ts';
import { gatherCheckFacts } from './gather-facts.ts';
import { checkHelp } from './help.ts';
import { renderFindings } from './render.ts';

export const checkCommand = command(
  checkHelp,
  {
    stage: options.stage,
    service: {
      type: 'string',
      value: 'NAME',
      description: 'Looks at one account only',
      details: '`api` (account A), `caller` (account B), or the service of a further caller.',
      default: 'all',
    },
    json: options.json,
  },
  async ({ stage = 'local', service, json = false }) => {
    const stop = listenForInterruption();
    const facts = await gatherCheckFacts({
      stage,
      service,
      localAwsRoot: process.env.LOCAL_AWS_ROOT ?? projectRoot(),
      environment: process.env,
      steps: createSteps({ quiet: json }),
      signal: stop,
    });
    if (stop.aborted) return INTERRUPTED;
    const findings = runChecks(facts);
    const passed = findings.every(({ status }) => status !== 'fail');
    const text = json
      ? JSON.stringify({ stage, passed, findings }, null, 2)
      : renderFindings(stage, findings, terminalPalette).join('\n');
    process.stdout.write(`${text}\n`);
    return passed ? 0 : 1;
  },
);
