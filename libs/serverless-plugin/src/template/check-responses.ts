import type { FunctionStep } from '../deployment.ts';

/**
 * Lets the handlers of api-handler check their responses, if the stage has the setting `checkResponses`. Each function gets the variable:
 * one that another library made ignores it.
 */
export const checkResponses: FunctionStep = (functions, { checkResponses: isOn }) => {
  if (!isOn) return;
  for (const definition of Object.values(functions)) {
    definition.environment = { CHECK_RESPONSES: 'true', ...definition.environment };
  }
};
