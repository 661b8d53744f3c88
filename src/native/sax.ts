// sax: XML as a stream of elements, for the one format of annotations that is XML.
import { loadNative } from './load.ts';

const { parser: makeParser } = await loadNative('sax', import('sax'));

export interface XmlHandlers {
  /** @param line counted from 1 */
  readonly onOpen: (name: string, attributes: Readonly<Record<string, string>>, line: number) => void;
  /** @param text between the element's own tags, without the space around it */
  readonly onClose: (name: string, text: string) => void;
}

/** Why a document is no XML: a sentence without its full stop. */
export interface XmlProblem {
  readonly problem: string;
  readonly line: number;
}

/**
 * Goes through a document. Entities that it declares itself are not expanded, and nothing is fetched.
 *
 * @returns what is wrong with it, if anything
 */
export const readXml = (text: string, { onOpen, onClose }: XmlHandlers): XmlProblem | undefined => {
  const parser = makeParser(true);
  let found: XmlProblem | undefined;
  let inner = '';
  parser.onerror = (error) => {
    found ??= { problem: error.message.split('\n', 1)[0]!.replace(/\.$/, ''), line: parser.line + 1 };
    parser.resume();
  };
  parser.onopentag = ({ name, attributes }) => {
    inner = '';
    if (found === undefined) onOpen(name, attributes as Record<string, string>, parser.line + 1);
  };
  parser.ontext = (piece) => {
    inner += piece;
  };
  parser.onclosetag = (name) => {
    if (found === undefined) onClose(name, inner.trim());
    inner = '';
  };
  parser.write(text).close();
  return found;
};
