// How wide a text is on a terminal.
let segmenter: Intl.Segmenter | undefined;

/** What a reader takes for one letter: a base with its accents, an emoji with its modifiers. */
const graphemesOf = (text: string): string[] => {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
};

const PLAIN = /^[\x20-\x7e]*$/;

const NO_WIDTH = /^[\p{Mark}\p{Cf}\p{Cc}]/u;

// East Asian Width W and F as far as file names have them; emoji that show as pictures by themselves or by U+FE0F.
const WIDE =
  /^(?:[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]|[\u{16FE0}-\u{18DFF}\u{1AFF0}-\u{1B2FF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\p{Regional_Indicator}{2}|\p{Emoji}\uFE0F)/u;

const widthOfGrapheme = (grapheme: string): number => {
  if (WIDE.test(grapheme)) return 2;
  return NO_WIDTH.test(grapheme) ? 0 : 1;
};

/** Columns that a text of one line takes. */
export const displayWidth = (text: string): number => {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemesOf(text)) width += widthOfGrapheme(grapheme);
  return width;
};

/** Fills a text up with spaces. */
export const pad = (text: string, width: number, side: 'left' | 'right'): string => {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'left' ? text + space : space + text;
};

/** Cuts a text to `width` columns, with … where something is missing: at its end, or in its middle. */
export const cut = (text: string, width: number, where: 'end' | 'middle' = 'end'): string => {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return '';
  const room = width - 1;
  const head = where === 'end' ? room : Math.floor(room / 2);
  const segments = graphemesOf(text);
  const start = takeWidth(segments, head);
  const end = where === 'end' ? [] : takeWidth(segments.toReversed(), room - head).toReversed();
  return `${start.join('')}…${end.join('')}`;
};

const takeWidth = (segments: readonly string[], width: number): string[] => {
  const taken: string[] = [];
  let left = width;
  for (const segment of segments) {
    left -= widthOfGrapheme(segment);
    if (left < 0) break;
    taken.push(segment);
  }
  return taken;
};
