import { requireNumber } from '../base/option-checks.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import { hueTurned } from './hue.ts';
import { type Pair, requirePair } from './option-values.ts';
import { brightened, contrasted, saturated } from './tone.ts';
import { drawBetween, type Transform } from './transform.ts';

/** A number `x` stands for factors from `max(0, 1 - x)` to `1 + x`, a pair for factors from the first to the second. */
export interface ColorJitterOptions {
  /** At least 0. Default 0: none. */
  readonly brightness?: number | Pair | undefined;
  /** At least 0. Default 0: none. */
  readonly contrast?: number | Pair | undefined;
  /** At least 0. Default 0: none. */
  readonly saturation?: number | Pair | undefined;
  /** Share of the circle of hues: a number in [0, 0.5] goes both ways, a pair is in [-0.5, 0.5]. Default 0: none. */
  readonly hue?: number | Pair | undefined;
}

type Change = (image: RgbImage, amount: number) => RgbImage;

/**
 * Changes brightness, contrast, saturation and hue by random amounts and in random order: torchvision's `ColorJitter`
 * on pictures of PIL. What cannot change anything is left out, as there: of hue this matters, whose change by 0 costs
 * levels.
 *
 * @throws ERR_OPTION
 */
export const colorJitter = ({
  brightness = 0,
  contrast = 0,
  saturation = 0,
  hue = 0,
}: ColorJitterOptions = {}): Transform => {
  const changes: readonly (readonly [Change, Pair, idle: number])[] = [
    [brightened, factors('brightness', brightness), 1],
    [contrasted, factors('contrast', contrast), 1],
    [saturated, factors('saturation', saturation), 1],
    [hueTurned, turns(hue), 0],
  ];
  return (image, random) => {
    const order = random.permutation(changes.length);
    const amounts = changes.map(([, range]) => drawBetween(random, range));
    return order.reduce((picture, which) => {
      const [change, [low, high], idle] = changes[which]!;
      return low === idle && high === idle ? picture : change(picture, amounts[which]!);
    }, image);
  };
};

const factors = (option: string, value: number | Pair): Pair => {
  if (typeof value === 'number') {
    requireNumber(option, value, 0);
    return [Math.max(0, 1 - value), 1 + value];
  }
  requirePair(option, value, 0);
  return value;
};

const turns = (value: number | Pair): Pair => {
  if (typeof value === 'number') {
    requireNumber('hue', value, 0, 0.5);
    return [-value, value];
  }
  requirePair('hue', value, -0.5, 0.5);
  return value;
};
