// Hue, saturation and value in 8 bits, as OpenCV has them.
import type { RgbImage } from '../base/rgb-image.ts';

/** A picture in hue, saturation and value; each `width × height` bytes. */
export interface HsvPlanes {
  /** Half the degrees on the colour circle: in [0, 180), 0 red, 60 green, 120 blue; 0 for grey. */
  readonly hue: Uint8Array;
  /** In [0, 255]; 0 for grey. */
  readonly saturation: Uint8Array;
  /** The largest of red, green and blue. */
  readonly value: Uint8Array;
}

const SHIFT = 12;
const HALF = 1 << (SHIFT - 1);
/** Divisions by 1 to 255 as multiplications, in 1/4096. */
const SATURATION_FACTORS = Int32Array.from({ length: 256 }, (_, value) => Math.round((255 << SHIFT) / value));
const HUE_FACTORS = Int32Array.from({ length: 256 }, (_, chroma) => Math.round((30 << SHIFT) / chroma));

/** The bytes of OpenCV's `cvtColor(…, COLOR_RGB2HSV)` for 8-bit pictures. */
export const hsvOf = ({ width, height, data }: RgbImage): HsvPlanes => {
  const hue = new Uint8Array(width * height);
  const saturation = new Uint8Array(width * height);
  const value = new Uint8Array(width * height);
  for (let i = 0, from = 0; i < hue.length; i++, from += 3) {
    const [red, green, blue] = [data[from]!, data[from + 1]!, data[from + 2]!];
    const largest = Math.max(red, green, blue);
    const chroma = largest - Math.min(red, green, blue);
    value[i] = largest;
    // Grey has neither, and division by nothing must not be asked for one.
    if (chroma === 0) continue;
    saturation[i] = (chroma * SATURATION_FACTORS[largest]! + HALF) >> SHIFT;
    const sixth =
      largest === red ? green - blue : largest === green ? blue - red + 2 * chroma : red - green + 4 * chroma;
    const turned = (sixth * HUE_FACTORS[chroma]! + HALF) >> SHIFT;
    hue[i] = turned < 0 ? turned + 180 : turned;
  }
  return { hue, saturation, value };
};
