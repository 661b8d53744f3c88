import { describe, expect, it } from 'vitest';
import { VIEW_RECIPE_NAMES, type ViewRecipeName, viewRecipe } from '../../src/augment/recipe.ts';
import { thrownBy } from '../support/thrown-by.ts';

/** Lightly's table of defaults, column by column, the amounts with their strength in them. */
const TABLE: Readonly<Record<string, readonly unknown[]>> = {
  ImageCollateFunction: [64, 0.8, 0.7, 0.7, 0.7, 0.2, 0.15, 0.2, 0.5, [0.2, 2]],
  SimCLRCollateFunction: [224, 0.8, 0.4, 0.4, 0.4, 0.1, 0.08, 0.2, 0.5, [0.2, 2]],
  MoCoCollateFunction: [224, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0, [0.2, 2]],
  SimCLRTransform: [224, 0.8, 0.8, 0.8, 0.8, 0.2, 0.08, 0.2, 0.5, [0.1, 2]],
  MoCoV1Transform: [224, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0, [0.1, 2]],
  MoCoV2Transform: [224, 0.8, 0.4, 0.4, 0.4, 0.1, 0.2, 0.2, 0.5, [0.1, 2]],
  SimSiamTransform: [224, 0.8, 0.4, 0.4, 0.4, 0.1, 0.2, 0.2, 0.5, [0.1, 2]],
};

describe('viewRecipe', () => {
  it.each(Object.entries(TABLE))('%s is as in Lightly', (name, values) => {
    const [size, prob, brightness, contrast, saturation, hue, minScale, gray, blur, sigmas] = values;
    expect(viewRecipe(name as ViewRecipeName)).toEqual({
      crops: [{ size, count: 2, minScale, maxScale: 1 }],
      horizontalFlipProb: 0.5,
      verticalFlipProb: 0,
      rotation: { prob: 0, degrees: null },
      jitter: { prob, brightness, contrast, saturation, hue },
      grayscaleProb: gray,
      blur: { prob: blur, sigmas },
    });
  });

  it('SwaVTransform is as in Lightly', () => {
    expect(viewRecipe('SwaVTransform')).toEqual({
      ...viewRecipe('SimCLRTransform'),
      crops: [
        { size: 224, count: 2, minScale: 0.14, maxScale: 1 },
        { size: 96, count: 6, minScale: 0.05, maxScale: 0.14 },
      ],
    });
    expect([...VIEW_RECIPE_NAMES].sort()).toEqual([...Object.keys(TABLE), 'SwaVTransform'].sort());
  });

  it('takes Lightly’s options in place of defaults', () => {
    const options = {
      inputSize: 64,
      cjProb: 0.1,
      cjStrength: 0.5,
      cjBright: 0.2,
      cjContrast: 0.4,
      cjSat: 0.6,
      cjHue: 1,
      minScale: 0.5,
      randomGrayScale: 0.3,
      gaussianBlur: 0.4,
      kernelSize: 23,
      sigmas: [1, 2],
      vfProb: 0.6,
      hfProb: 0.7,
      rrProb: 0.9,
      rrDegrees: [-5, 10],
    } as const;
    expect(viewRecipe('MoCoV1Transform', options)).toEqual({
      crops: [{ size: 64, count: 2, minScale: 0.5, maxScale: 1 }],
      horizontalFlipProb: 0.7,
      verticalFlipProb: 0.6,
      rotation: { prob: 0.9, degrees: [-5, 10] },
      jitter: { prob: 0.1, brightness: 0.1, contrast: 0.2, saturation: 0.3, hue: 0.5 },
      grayscaleProb: 0.3,
      blur: { prob: 0.4, sigmas: [1, 2] },
    });
    expect(viewRecipe('SimCLRTransform', { inputSize: undefined, kernelSize: 0.1 })).toEqual(
      viewRecipe('SimCLRTransform'),
    );
    expect(viewRecipe('SwaVTransform', { cropSizes: [32, 16], rrDegrees: 5 })).toEqual({
      ...viewRecipe('SwaVTransform'),
      crops: [
        { size: 32, count: 2, minScale: 0.14, maxScale: 1 },
        { size: 16, count: 6, minScale: 0.05, maxScale: 0.14 },
      ],
      rotation: { prob: 0, degrees: 5 },
    });
  });

  it.each([
    [{ cjProp: 0.5 }, '"cjProp" is no option of SimCLRTransform. Did you mean cjProb?'],
    [
      { random_gray_scale: 0.5 },
      '"random_gray_scale" is no option of SimCLRTransform. Did you mean randomGrayScale?',
    ],
    [
      { cropSizes: [3] },
      /^"cropSizes" is no option of SimCLRTransform\. Use one of: cjProb, .*, minScale\.$/,
    ],
    [{ cjProb: 1.5 }, 'cjProb 1.5: expected a number from 0 to 1.'],
    [{ cjProb: '1' }, 'cjProb "1": expected a number from 0 to 1.'],
    [{ cjStrength: -1 }, 'cjStrength -1: expected a number of at least 0.'],
    [{ cjHue: 0.6 }, 'cjHue 0.6: expected at most 0.5 after multiplying it by cjStrength 1.'],
    [{ cjBright: Number.NaN }, 'cjBright NaN: expected a number of at least 0.'],
    [{ inputSize: 6.5 }, 'inputSize 6.5: expected a whole number from 1 to 16384.'],
    [{ minScale: 0 }, 'minScale 0: expected a share above 0.'],
    [{ minScale: 2 }, 'minScale 2: expected a number from 0 to 1.'],
    [{ sigmas: 2 }, 'sigmas 2: expected two numbers from 0 to 1000, the smaller first.'],
    [{ rrDegrees: -3 }, 'rrDegrees -3: expected a number of at least 0.'],
    [{ rrDegrees: [3] }, 'rrDegrees [3]: expected two numbers, the smaller first.'],
  ])('refuses %o', (options, message) => {
    const thrown = thrownBy(() => viewRecipe('SimCLRTransform', options as object));
    expect(thrown?.code).toBe('ERR_OPTION');
    expect(thrown?.message).toMatch(typeof message === 'string' ? exactly(message) : message);
  });

  it('refuses recipes that are none, and options of others', () => {
    expect(thrownBy(() => viewRecipe('SimCLRTransfrom' as 'SimCLRTransform'))?.message).toBe(
      '"SimCLRTransfrom" is no recipe of views. Did you mean SimCLRTransform?',
    );
    expect(thrownBy(() => viewRecipe('toString' as 'SimCLRTransform'))?.code).toBe('ERR_OPTION');
    expect(thrownBy(() => viewRecipe('SwaVTransform', { cropCounts: [1] }))?.message).toBe(
      'cropCounts [1]: expected as many numbers as cropSizes has, which is 2.',
    );
  });
});

const exactly = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
