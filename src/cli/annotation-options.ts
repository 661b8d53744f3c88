// Options of every verb that writes for annotation tools.
import type { ExportOptions } from '../annotation/exporter.ts';
import { TARGET_NAMES, type TargetName } from '../annotation/target-names.ts';
import type { Flag } from './flag.ts';
import { givenError } from './given.ts';
import { type CliOption, list, operand, optional, readGiven } from './option.ts';
import { oneOf, someText } from './value-readers.ts';

const group = 'For the annotation tool';
export const prefix = optional(
  {
    name: 'prefix',
    placeholder: 'PREFIX',
    help: 'what stands before the path of each image there: https://host/frames/, s3://bucket/, /data/local-files/?d=frames/',
    group,
  },
  someText,
);

const categories = list({
  name: 'category',
  placeholder: 'NAME',
  help: 'a class to label, where the file holds them (cvat, coco); may be repeated',
  group,
});

const dataKey = optional(
  {
    name: 'data-key',
    placeholder: 'KEY',
    help: "the variable of Label Studio's labelling configuration that shows the image (default: image)",
    group,
  },
  someText,
);

const predictions = optional(
  {
    name: 'predictions',
    placeholder: 'DIR',
    help: "predictions of the frames in Lightly's layout, in pixels of the images, for annotators to correct (label-studio, coco)",
    group,
    completes: 'folder',
  },
  someText,
);

const fromName = optional(
  {
    name: 'from-name',
    placeholder: 'NAME',
    help: "the control of Label Studio's labelling configuration that predictions belong to (default: that of the name of their task)",
    group,
  },
  someText,
);

const toName = optional(
  {
    name: 'to-name',
    placeholder: 'NAME',
    help: 'the image of that configuration (default: image)',
    group,
  },
  someText,
);

const title = optional(
  {
    name: 'title',
    placeholder: 'TEXT',
    help: 'what the task or data set is called there (default: framesift)',
    group,
  },
  someText,
);

/** Predictions are an option of their own of verbs that select by them. */
export const from = operand({
  term: 'FROM',
  help: 'the folder of a run, a folder of images that extract wrote, its manifest, or a list of frames',
});

const images = optional(
  {
    name: 'images',
    placeholder: 'DIR',
    help: 'with a list: the folder that extract wrote the images to',
    group,
    completes: 'folder',
  },
  someText,
);

const common = { prefix, categories, dataKey, fromName, toName, title };
export const annotationOptions = { images, ...common, predictions };

/** For `run`: one more stage, where a target is named. */
export const annotate: CliOption<(ExportOptions & { readonly to: TargetName }) | undefined> = {
  flags: [
    {
      kind: 'value',
      name: 'annotate',
      placeholder: 'TARGET',
      help: `write the selected frames for an annotation tool, too: ${TARGET_NAMES.join(', ')}`,
      group,
      choices: TARGET_NAMES,
    },
    ...Object.values(common).flatMap(({ flags }): readonly Flag[] => flags),
  ],
  read: async (given, io) => {
    const to = readGiven(given.flags.get('annotate'), oneOf(TARGET_NAMES));
    if (to !== undefined) {
      return {
        to,
        prefix: await prefix.read(given, io),
        categories: await categories.read(given, io),
        dataKey: await dataKey.read(given, io),
        fromName: await fromName.read(given, io),
        toName: await toName.read(given, io),
        title: await title.read(given, io),
      };
    }
    for (const name of ['prefix', 'category', 'data-key', 'from-name', 'to-name', 'title']) {
      const alone = given.flags.get(name);
      if (alone !== undefined)
        throw givenError(alone, 'goes with --annotate TARGET. Give that, or leave it out.');
    }
    return undefined;
  },
};
