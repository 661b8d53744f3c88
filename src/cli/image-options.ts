// Options of every verb that writes images.
import type { FrameFormat } from '../image/frame-files.ts';
import { parseSize } from '../image/size.ts';
import { type Given, givenError } from './given.ts';
import { type CliOption, optional, readGiven, toggle } from './option.ts';
import { oneOf, wholeNumber } from './value-readers.ts';

const group = 'Images';
const FORMATS = ['png', 'jpg', 'webp'] as const satisfies readonly FrameFormat[];

const format = optional(
  {
    name: 'format',
    placeholder: FORMATS.join('|'),
    help: 'format of the images (default: png, lossless)',
    group,
    choices: FORMATS,
  },
  oneOf(FORMATS),
);

export const quality: CliOption<number | undefined> = {
  flags: [
    {
      kind: 'value',
      name: 'quality',
      placeholder: '1-100',
      help: 'quality of jpg and webp (default: 95)',
      group,
    },
  ],
  read: ({ flags }: Given) => {
    const [given, wanted] = [flags.get('quality'), flags.get('format')];
    const parsed = readGiven(given, wholeNumber(1, 100));
    if (given === undefined || (wanted !== undefined && wanted.value !== 'png')) return parsed;
    // A configuration file may hold a quality for the runs that can use it.
    if (wanted !== undefined && wanted.rank < given.rank) return undefined;
    throw givenError(
      given,
      'png is lossless and has no quality. Leave it out, or choose --format jpg or webp.',
    );
  },
};

const size = optional(
  {
    name: 'size',
    placeholder: 'SIZE',
    help: '640 (width), 640x360 (exactly) or short:256 (shorter side) (default: as recorded)',
    group,
  },
  parseSize,
);

const keepDamaged = toggle({
  name: 'keep-damaged',
  help: 'write frames that are damaged in the video as a player shows them, instead of reporting them as failed',
  group,
});

export const imageOptions = { format, quality, size, keepDamaged };
