// Options of every verb that reads videos.
import { list, optional, optionalOrOff } from './option.ts';
import { someText, wholeNumber } from './value-readers.ts';

const which = 'Which videos';
const work = 'How to work';

const include = list({
  name: 'include',
  placeholder: 'GLOB',
  help: "only videos whose path matches: '*.mp4', 'day1/**'; may be repeated",
  group: which,
});

const exclude = list({
  name: 'exclude',
  placeholder: 'GLOB',
  help: 'no videos whose path matches; may be repeated',
  group: which,
});

export const stream = optional(
  {
    name: 'stream',
    placeholder: 'N',
    help: "the video stream with FFmpeg's index N in every video (default: FFmpeg's choice)",
    group: which,
  },
  wholeNumber(0),
);

export const jobs = optional(
  { name: 'jobs', placeholder: 'N', help: 'worker processes (default: one for each processor)', group: work },
  wholeNumber(1),
);

export const cache = optionalOrOff(
  {
    name: 'cache',
    placeholder: 'DIR',
    help: "where frame indexes and what is brought from servers are kept (default: your user's cache folder)",
    offHelp: 'keep no frame indexes: read every video anew',
    group: work,
    completes: 'folder',
  },
  someText,
);

export const inputOptions = { include, exclude, stream, jobs, cache };
