import type { Progress } from '../base/progress.ts';
import type { Clock } from './io.ts';
import { type Pace, progressBar, progressSentence } from './progress-line.ts';
import { RateMeter } from './rate-meter.ts';
import type { Screen } from './screen.ts';

const REDRAW_MS = 100;
const LOG_MS = 10_000;

/** `live`: one line, drawn again and again; `log`: a line every ten seconds; `none`: nothing. */
export type ProgressStyle = 'live' | 'log' | 'none';

/** Live where a line can be drawn again; else a log that people may read, unless a program is likely to (`--json`). */
export const progressStyle = (
  canRedraw: boolean,
  {
    quiet = false,
    json = false,
  }: { readonly quiet?: boolean | undefined; readonly json?: boolean | undefined },
): ProgressStyle => {
  if (quiet) return 'none';
  if (canRedraw) return 'live';
  return json ? 'none' : 'log';
};

/** Shows how far a run has come, at a pace of its own, however often it is told. */
export class ProgressDisplay {
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #style: ProgressStyle;
  readonly #stop: () => void;
  #meter = new RateMeter();
  #latest: Progress | undefined;
  #isNews = false;

  constructor(screen: Screen, clock: Clock, style: ProgressStyle) {
    this.#screen = screen;
    this.#clock = clock;
    this.#style = style;
    this.#stop =
      style === 'none'
        ? () => undefined
        : clock.every(style === 'live' ? REDRAW_MS : LOG_MS, () => this.#show());
  }

  readonly update = (progress: Progress): void => {
    if (this.#style === 'none') return;
    if (progress.stage !== this.#latest?.stage) this.#meter = new RateMeter();
    this.#meter.add(this.#clock.now(), progress.done);
    this.#latest = progress;
    this.#isNews = true;
  };

  /** Takes the line off the screen; nothing is shown any more. */
  close(): void {
    this.#stop();
    if (this.#style === 'live') this.#screen.setLive('');
  }

  #show(): void {
    if (this.#latest === undefined) return;
    const pace = this.#pace(this.#latest);
    if (this.#style === 'log') {
      this.#screen.say(progressSentence(this.#latest, pace));
    } else if (this.#isNews) {
      this.#screen.setLive(progressBar(this.#latest, pace, this.#screen.columns - 1));
    }
    this.#isNews = false;
  }

  #pace({ done, total }: Progress): Pace {
    const perSecond = this.#meter.perSecond(this.#clock.now(), done);
    const remainingMs =
      perSecond === undefined || total === undefined ? undefined : ((total - done) * 1000) / perSecond;
    return { perSecond, remainingMs };
  }
}
