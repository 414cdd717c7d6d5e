import { controlAnswer, controlHandler, controlRefusal } from '../control/control-request.ts';
import type { FaultInjector } from './fault-injector.ts';
import { FaultPlanError } from './plan.ts';

/** The path at which the fault plan is read (GET), replaced (PUT, JSON) and cleared (DELETE). */
export const FAULTS_PATH = '/_local-aws/faults';

const MAX_PLAN_BYTES = 256 * 1024;

/** Makes the handler of {@link FAULTS_PATH}; `undefined` for any other path. It needs the control token. */
export function createFaultControl(faults: FaultInjector, token: string) {
  const report = () => controlAnswer(200, faults.report());
  return controlHandler(FAULTS_PATH, token, {
    GET: report,
    DELETE() {
      faults.clear();
      return report();
    },
    PUT({ body }) {
      if (body.length > MAX_PLAN_BYTES) {
        const message = `A fault plan has at most ${MAX_PLAN_BYTES} bytes; this one has ${body.length}.`;
        return controlRefusal(413, message);
      }
      try {
        faults.set(JSON.parse(body.toString('utf8')));
      } catch (error) {
        if (error instanceof FaultPlanError) return controlRefusal(400, error.message);
        if (!(error instanceof SyntaxError)) throw error;
        return controlRefusal(400, `The fault plan is not JSON: ${error.message}`);
      }
      return report();
    },
  });
}
