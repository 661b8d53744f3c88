// What FFmpeg's log says about the pictures that are being decoded.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listenToLog } from '../native/libav.ts';

/**
 * Lines that mean: this picture is not what was encoded. Other errors (unreadable metadata, parameter sets that
 * nobody uses) are common in files that decode well.
 */
const DAMAGE =
  /error while decoding|corrupt|damaged|conceal|missing reference|reference picture missing|could not find ref|constructing the frame rps|undecodable nalu|no frame!|slice mismatch|out of range|outside the valid|overflow|invalid mb|invalid cbp|too large at|cabac/i;

const MOST_LINES = 20;

/** What the log said: nothing of interest, something suspicious, or that a picture is damaged. */
export type Verdict = 'quiet' | 'suspicious' | 'damage';

let readerCount = 0;

/**
 * Watches the log during one reading. Where two readings share a process, nobody knows whom a line is about:
 * then a line is a reason to be careful and never one to refuse a frame.
 */
export class DecoderLog {
  #errorCount = 0;
  #damageCount = 0;
  #isShared = readerCount > 0;
  readonly #lines: string[] = [];
  readonly #stop: () => void;

  constructor() {
    readerCount++;
    this.#stop = listenToLog(({ text, isError }) => {
      this.#isShared ||= readerCount > 1;
      if (this.#lines.length < MOST_LINES) this.#lines.push(text);
      if (!isError) return;
      this.#errorCount++;
      if (DAMAGE.test(text)) this.#damageCount++;
    });
  }

  /** What was said since the last call. */
  async verdict(): Promise<Verdict> {
    await nextTurn();
    const verdict =
      this.#errorCount === 0 ? 'quiet' : this.#damageCount > 0 && !this.#isShared ? 'damage' : 'suspicious';
    this.#errorCount = 0;
    this.#damageCount = 0;
    return verdict;
  }

  /** The first lines since the last call. */
  takeLines(): readonly string[] {
    return this.#lines.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await nextTurn();
    readerCount--;
    this.#stop();
  }
}
