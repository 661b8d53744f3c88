import { requireWhole } from '../base/option-checks.ts';

/** Which view of which picture: everything that its random numbers depend on. Whole numbers from 0 to 2^53 - 1. */
export interface ViewPlace {
  /** Of the whole training. */
  readonly seed: number;
  /** How often the pictures were gone through before. */
  readonly epoch: number;
  /** Which picture, among all of the training. */
  readonly sample: number;
  /** Which view of it. */
  readonly view: number;
}

/**
 * The seed of one view's random numbers: of any two places the views are independent, and who computes them, and in
 * which order, does not matter.
 *
 * @returns an integer in `[0, 2^53)`
 * @throws ERR_OPTION
 */
export const viewSeed = ({ seed, epoch, sample, view }: ViewPlace): number => {
  let state = 0n;
  for (const [option, value] of Object.entries({ seed, epoch, sample, view })) {
    requireWhole(option, value, 0);
    state = mix(BigInt.asUintN(64, state + GAMMA + BigInt(value)));
  }
  return Number(state >> 11n);
};

const GAMMA = 0x9e3779b97f4a7c15n;

/** SplitMix64's scrambling: each bit of what comes out depends on all that went in. */
const mix = (word: bigint): bigint => {
  let z = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
};
