import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILTERS, parseBalance, parseFilter, parseThreshold, parseWeight } from '../../src/cli/rule-texts.ts';
import { FILTER_NAMES } from '../../src/curation/frame-filters.ts';
import { thrownBy } from '../support/thrown-by.ts';

const metadata = (key: string) => ({ kind: 'metadata', key });

describe('rules as they are written on the command line', () => {
  it.each([
    ['sharpness', { type: 'weights', source: metadata('sharpness') }],
    ['sharpness^2', { type: 'weights', source: metadata('sharpness'), strength: 2 }],
    [
      'weather.temperature^-0.5',
      { type: 'weights', source: metadata('weather.temperature'), strength: -0.5 },
    ],
    [
      'score:cars/uncertainty_margin',
      { type: 'weights', source: { kind: 'score', task: 'cars', score: 'uncertainty_margin' } },
    ],
    [
      'count:cars/car+bus^1e1',
      {
        type: 'weights',
        source: { kind: 'category count', task: 'cars', categories: ['car', 'bus'] },
        strength: 10,
      },
    ],
  ])('weight %s', (text, expected) => {
    expect(parseWeight(text)).toEqual(expected);
  });

  it.each([
    ['sharpness>=100', { source: metadata('sharpness'), operation: 'BIGGER_EQUAL', threshold: 100 }],
    ['luminance < -1.5', { source: metadata('luminance'), operation: 'SMALLER', threshold: -1.5 }],
    [
      'count:cars/car>0',
      {
        source: { kind: 'category count', task: 'cars', categories: ['car'] },
        operation: 'BIGGER',
        threshold: 0,
      },
    ],
    ['x<=.5', { source: metadata('x'), operation: 'SMALLER_EQUAL', threshold: 0.5 }],
  ])('threshold %s', (text, expected) => {
    expect(parseThreshold(text)).toEqual(expected);
  });

  it.each([
    ['weather', { type: 'balance', source: metadata('weather'), target: 'uniform' }],
    ['weather=input', { type: 'balance', source: metadata('weather'), target: 'input' }],
    [
      'classes:cars=car:0.5, bus:0.25',
      {
        type: 'balance',
        source: { kind: 'class distribution', task: 'cars' },
        target: { car: 0.5, bus: 0.25 },
      },
    ],
    ['place=a:b:1', { type: 'balance', source: metadata('place'), target: { 'a:b': 1 } }],
  ])('balance %s', (text, expected) => {
    expect(parseBalance(text)).toEqual(expected);
  });

  it.each([
    ['black', { name: 'black' }],
    ['blurred=80', { name: 'blurred', limit: 80 }],
    ['blurred=10%', { name: 'blurred', quantile: 0.1 }],
    ['frozen=0.5', { name: 'frozen', limit: 0.5 }],
  ])('filter %s', (text, expected) => {
    expect(parseFilter(text)).toEqual(expected);
  });

  it.each([
    [parseWeight, 'sharpness^high', '"sharpness^high" has no number behind the ^.'],
    [
      parseWeight,
      'score:cars',
      '"score:cars" lacks the task. Write score:TASK/NAME, or count:TASK/CATEGORY.',
    ],
    [
      parseThreshold,
      'sharpness',
      '"sharpness" is no limit. Write KEY>=NUMBER, with <, <=, > or >=, in quotes for the shell.',
    ],
    [
      parseThreshold,
      'sharpness=5',
      '"sharpness=5" is no limit. Write KEY>=NUMBER, with <, <=, > or >=, in quotes for the shell.',
    ],
    [
      parseBalance,
      '=input',
      '"=input" names nothing to balance. Write KEY, KEY=input or KEY=sunny:0.5,rain:0.3.',
    ],
    [
      parseBalance,
      'a=b',
      '"a=b" has a part "b" that is no share. Write uniform, input, or sunny:0.5,rain:0.3.',
    ],
    [
      parseFilter,
      'blak',
      '"blak" is not one of black, dark, light, low-information, corrupt, blurred, frozen, duplicate. Did you mean black?',
    ],
    [parseFilter, 'black=10%', '"black=10%" has no limit. Write black, or black=NUMBER.'],
    [parseFilter, 'blurred=', '"blurred=" has no limit. Write blurred, or blurred=NUMBER, or blurred=10%.'],
  ])('%o refuses %s', (parse, text, message) => {
    expect(thrownBy(() => parse(text))).toEqual({ code: 'ERR_OPTION', message });
  });

  it('never end in a bug, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(parseWeight, parseThreshold, parseBalance, parseFilter),
        (text, parse) => {
          const error = thrownBy(() => parse(text));
          if (error !== undefined) expect(error.code).toBe('ERR_OPTION');
          else expect(parse(text)).toBeDefined();
        },
      ),
    );
  });

  it('know all filters that there are', () => {
    expect(FILTERS).toEqual(FILTER_NAMES);
  });
});
