// Hue, by way of hue, saturation and value in 8 bits each, as PIL converts them: its rounding is part of the result.
import type { RgbImage } from '../base/rgb-image.ts';

/**
 * Turns all hues, as torchvision's `adjust_hue` does with pictures of PIL. Even a turn of 0 costs some levels: hues and
 * saturations are kept in 256 steps.
 *
 * @param turn share of the circle of hues, in [-0.5, 0.5]; half a circle makes complementary colours
 */
export const hueTurned = ({ width, height, data: source }: RgbImage, turn: number): RgbImage => {
  const data = new Uint8Array(source.length);
  const shift = Math.trunc(turn * 255) & 255;
  for (let i = 0; i < data.length; i += 3) {
    const [red, green, blue] = [source[i]!, source[i + 1]!, source[i + 2]!];
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const hue = chroma === 0 ? 0 : (hueOf(red, green, blue, value, chroma) + shift) & 255;
    const saturation = chroma === 0 ? 0 : SATURATIONS[Math.trunc(Math.fround(chroma / value) * 255)]!;
    const sector = SECTORS[hue]!;
    const within = WITHIN[hue]!;
    // PIL multiplies floats where channels fall, and doubles where they rise.
    const share = sector % 2 === 0 ? saturation * (1 - within) : Math.fround(saturation * within);
    data[i + HIGHEST[sector]!] = value;
    data[i + MIDDLE[sector]!] = Math.floor(value * (1 - share) + 0.5);
    data[i + LOWEST[sector]!] = Math.floor(value * (1 - saturation) + 0.5);
  }
  return { width, height, data };
};

/** Hue in 255ths of the circle, cut off. */
const hueOf = (red: number, green: number, blue: number, value: number, chroma: number): number => {
  const fromRed = Math.fround((value - red) / chroma);
  const fromGreen = Math.fround((value - green) / chroma);
  const fromBlue = Math.fround((value - blue) / chroma);
  const sixths =
    red === value
      ? Math.fround(fromBlue - fromGreen)
      : green === value
        ? Math.fround(2 + fromRed - fromBlue)
        : Math.fround(4 + fromGreen - fromRed);
  const turns = sixths / 6 + 1;
  return Math.trunc(Math.fround(turns < 1 ? turns : turns - 1) * 255);
};

const byLevel = <T>(make: (level: number) => T): T[] =>
  Array.from({ length: 256 }, (_, level) => make(level));

const sixthsOf = (hue: number): number => (hue * 6) / 255;

const SATURATIONS = Float32Array.from(byLevel((saturation) => saturation / 255));
/** Which sixth of the circle a hue is in, and how far. */
const SECTORS = Uint8Array.from(byLevel((hue) => Math.floor(sixthsOf(hue)) % 6));
const WITHIN = Float32Array.from(byLevel((hue) => sixthsOf(hue) - Math.floor(sixthsOf(hue))));

/** By sector: which channel has the value, which one rises or falls, which one is least. */
const HIGHEST = Uint8Array.of(0, 1, 1, 2, 2, 0);
const MIDDLE = Uint8Array.of(1, 0, 2, 1, 0, 2);
const LOWEST = Uint8Array.of(2, 2, 0, 0, 1, 1);
