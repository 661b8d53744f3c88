/** Gives a request up when nothing comes for a while, or when the caller wants no more. */
export class IdleWatch implements Disposable {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  readonly #caller: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws the caller's reason */
  constructor(milliseconds: number, caller: AbortSignal | undefined) {
    this.#milliseconds = milliseconds;
    this.#caller = caller;
    caller?.throwIfAborted();
    caller?.addEventListener('abort', this.#stop);
    this.reset();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came. */
  reset(): void {
    clearTimeout(this.#timer);
    const giveUp = (): void =>
      this.#controller.abort(new Error(`nothing came for ${this.#milliseconds / 1000} s`));
    this.#timer = setTimeout(giveUp, this.#milliseconds);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#stop);
  }

  readonly #stop = (): void => this.#controller.abort(this.#caller?.reason);
}
