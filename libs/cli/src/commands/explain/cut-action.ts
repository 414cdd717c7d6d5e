import type { Call } from '../../call/call.ts';
import { isKnownAction } from './known-action.ts';

/**
 * A message that ends in the middle of its action, such as `execute-api:Inv`: no policy is about that name, so nothing is asked of one.
 * Any other call is returned as it is.
 */
export function withoutCutAction(call: Call): Call {
  const { error } = call;
  const { refusal, text = '' } = error ?? {};
  if (error === undefined || refusal?.form !== 'not authorized' || refusal.resource !== undefined)
    return call;
  const { action, principal } = refusal;
  const isCut = text.replace(/[\s"'`.…]+$/, '').endsWith(action) && !isKnownAction(action);
  if (!isCut) return call;
  const named = principal?.startsWith('arn:') === true ? { named: principal } : {};
  return { ...call, error: { ...error, refusal: { form: 'truncated denial', ...named } } };
}
