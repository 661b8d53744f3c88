import { invalidOption } from '../base/option-checks.ts';

/** What cosine similarities are divided by where nothing is said (Lightly). */
export const DEFAULT_TEMPERATURE = 0.5;

/** Below this a temperature is as good as 0 (Lightly). */
const LEAST_TEMPERATURE = 1e-8;

/** @throws ERR_OPTION for a temperature of 0, or as good as that; negative ones turn the loss round and are allowed */
export const requireTemperature = (temperature: number): void => {
  if (Math.abs(temperature) >= LEAST_TEMPERATURE && Number.isFinite(temperature)) return;
  throw invalidOption('temperature', temperature, 'a number that is not 0, such as 0.5');
};
