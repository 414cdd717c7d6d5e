import { Mistake } from '../mistake.ts';

/** The settings cannot be used. The message says where the mistake is and what to do. */
export class SettingsError extends Mistake {
  override readonly name: string = 'SettingsError';
}
