import { Mistake } from '../mistake.ts';

/** The settings cannot be used. The message has the place of the mistake and the remedy. */
export class SettingsError extends Mistake {
  override readonly name: string = 'SettingsError';
}
