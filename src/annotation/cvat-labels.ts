// Labels out of CVAT's own XML: "CVAT for images 1.1", and "CVAT for video 1.1", whose tracks know frames by number.
import { formatFrameName } from '../frame/name.ts';
import { readXml } from '../native/sax.ts';
import {
  type Box,
  boxAround,
  count,
  type FrameLabel,
  type LabelDocument,
  type LabelledImage,
  labelError,
  OBJECTS,
  TAGS,
  turned,
} from './labels.ts';

type Attributes = Readonly<Record<string, string>>;

/** Reads the box of a shape. @returns null for a shape without extent */
type BoxReader = (attributes: Attributes, number: (key: string) => number) => Box | null;

const points = ({ points: text = '' }: Attributes): Box =>
  boxAround(
    text
      .split(';')
      .map((pair) => pair.split(',').map(Number))
      .map(([x, y]) => [x!, y!] as const),
  );

const SHAPES: Readonly<Record<string, BoxReader>> = {
  box: ({ rotation = '0' }, number) => {
    const [left, top, right, bottom] = [number('xtl'), number('ytl'), number('xbr'), number('ybr')];
    const centre = [(left + right) / 2, (top + bottom) / 2] as const;
    return turned([left, top, right - left, bottom - top], Number(rotation), centre);
  },
  polygon: points,
  mask: (_, number) => [number('left'), number('top'), number('width'), number('height')],
  ellipse: ({ rotation = '0' }, number) => {
    const [cx, cy, rx, ry] = [number('cx'), number('cy'), number('rx'), number('ry')];
    const angle = (Number(rotation) * Math.PI) / 180;
    const halfWidth = Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle));
    const halfHeight = Math.hypot(rx * Math.sin(angle), ry * Math.cos(angle));
    return [cx - halfWidth, cy - halfHeight, 2 * halfWidth, 2 * halfHeight];
  },
  polyline: () => null,
  points: () => null,
  cuboid: () => null,
  skeleton: () => null,
};

/**
 * Images are found by their names. A task made of a video has none: its frames are known by the name of the video and
 * their number, which counts frames as framesift does where the task takes every frame from the first on.
 *
 * @param label what messages call the document
 * @throws ERR_METADATA with the line
 */
export const cvatLabels = (text: string, label: string): LabelDocument => {
  const declared: string[] = [];
  const passedOver = new Map<string, number>();
  const images: (LabelledImage & { readonly labels: FrameLabel[] })[] = [];
  const byFrame = new Map<number, LabelledImage & { readonly labels: FrameLabel[] }>();
  const open: string[] = [];
  let current: FrameLabel[] | undefined;
  let track: string | undefined;
  let [source, isWhole] = ['', true];
  const fail = (line: number, problem: string): never => {
    throw labelError(label, `line ${line}`, problem);
  };
  const shape = (
    name: string,
    attributes: Attributes,
    category: string,
    line: number,
  ): FrameLabel | undefined => {
    const box = SHAPES[name]!(attributes, (key) => Number(attributes[key] ?? Number.NaN));
    if (box === null) {
      count(passedOver, name);
      return undefined;
    }
    if (!box.every(Number.isFinite)) return fail(line, `has a ${name} without its numbers. Export it again.`);
    return { task: OBJECTS, category, box };
  };
  const problem = readXml(text, {
    onOpen: (name, attributes, line) => {
      open.push(name);
      const within = open.at(-2);
      if (open.length === 1 && name !== 'annotations')
        fail(
          line,
          `begins with ${name} instead of annotations. Export it as CVAT for images 1.1, or as COCO 1.0.`,
        );
      if (name === 'image') {
        const { name: file } = attributes;
        if (!file) fail(line, 'has an image without a name. Export it again.');
        current = [];
        images.push({ place: `line ${line}`, file, labels: current });
      } else if (name === 'track') {
        track = attributes['label'] ?? fail(line, 'has a track without a label. Export it again.');
      } else if (name in SHAPES && within === 'image') {
        const category = attributes['label'] ?? fail(line, `has a ${name} without a label. Export it again.`);
        const found = shape(name, attributes, category, line);
        if (found !== undefined) current?.push(found);
      } else if (name === 'tag' && within === 'image') {
        const category = attributes['label'] ?? fail(line, 'has a tag without a label. Export it again.');
        current?.push({ task: TAGS, category, box: undefined });
      } else if (name in SHAPES && within === 'track' && attributes['outside'] !== '1') {
        const frame = Number(attributes['frame'] ?? Number.NaN);
        if (!Number.isSafeInteger(frame) || frame < 0)
          fail(line, 'has a shape without its frame. Export it again.');
        const found = shape(name, attributes, track!, line);
        if (found === undefined) return;
        const image = byFrame.get(frame) ?? { place: `line ${line}, frame ${frame}`, labels: [] };
        byFrame.set(frame, image);
        image.labels.push(found);
      }
    },
    onClose: (name, inner) => {
      open.pop();
      const within = open.at(-1);
      if (name === 'name' && within === 'label') declared.push(inner);
      else if (name === 'source') source = inner;
      else if (name === 'start_frame' && Number(inner) > 0) isWhole = false;
      else if (name === 'frame_filter' && inner !== '') isWhole = false;
    },
  });
  if (problem !== undefined) fail(problem.line, `is no XML: ${problem.problem}. Export it again.`);
  if (byFrame.size > 0) {
    if (source === '')
      throw labelError(
        label,
        '',
        'has tracks and does not say of which video. Export it as CVAT for images 1.1.',
      );
    if (!isWhole)
      throw labelError(
        label,
        '',
        'counts frames of a part of its video (start_frame or frame_filter). Export it as CVAT for images 1.1, or as COCO 1.0.',
      );
  }
  const tracked = [...byFrame].map(([frame, image]) => ({
    ...image,
    name: formatFrameName(source, frame, frame + 1),
  }));
  return { images: [...images, ...tracked], declared: new Map([[OBJECTS, declared]]), passedOver };
};
