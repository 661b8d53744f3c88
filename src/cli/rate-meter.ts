const WINDOW_MS = 15_000;
const SAMPLE_MS = 250;
const LEAST_MS = 500;

/** How fast a count rises just now: over the last seconds, so that a slow video shows and a quick start is forgotten. */
export class RateMeter {
  #samples: { readonly at: number; readonly count: number }[] = [];

  add(at: number, count: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && (at - last.at < SAMPLE_MS || count < last.count)) return;
    this.#samples.push({ at, count });
    // The oldest sample kept is the last one that is at least a whole window old.
    const old = this.#samples.filter((sample) => at - sample.at >= WINDOW_MS).length;
    if (old > 1) this.#samples = this.#samples.slice(old - 1);
  }

  /** Counts a second at the time `at`; undefined while it is too early to say, or when nothing moves. */
  perSecond(at: number, count: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || at - first.at < LEAST_MS || count <= first.count) return undefined;
    return ((count - first.count) * 1000) / (at - first.at);
  }
}
