import { INTERRUPTED, listenForInterruption, terminalPalette } from '@cross-account-api/command-line';
import { command } from '../../command-line.ts';
import { projectRoot } from '../../project/project.ts';
import { createSteps } from '../../steps.ts';
import { runChecks } from './checks.ts';
import { gatherCheckFacts } from './gather-facts.ts';
import { checkSummary } from './help.ts';
import { renderFindings } from './render.ts';

export const checkCommand = command(
  checkSummary,
  {
    stage: {
      type: 'string',
      value: 'S',
      description: 'The stage (default: local, at the local AWS that runs)',
    },
    service: {
      type: 'string',
      value: 'NAME',
      description:
        'Looks at one account only: api (account A), caller (account B), or the service of a further caller',
    },
    json: { type: 'boolean', description: 'Prints one JSON document' },
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
