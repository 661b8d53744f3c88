import { FramesiftError } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';

/** The picture of a sample, or why it has none. */
export type Picture = RgbImage | FramesiftError;

/** What an error counts for; it is kept, so that a damaged frame is not tried anew in every epoch. */
const ERROR_BYTES = 2048;

/** What is the matter with the file, and no other try will change. */
const LASTING: ReadonlySet<string> = new Set([
  'ERR_FRAME_DAMAGED',
  'ERR_FRAME_MISSING',
  'ERR_FRAME_TOO_LARGE',
  'ERR_FRAME_RANGE',
  'ERR_IMAGE_OPEN',
]);

/**
 * Pictures within a budget of bytes. Room is reserved before a picture is decoded, so that none on its way is too many.
 * What is needed stays; what nobody needs stays until its room is, the longest unused first to go.
 */
export class PictureCache {
  readonly budgetBytes: number;
  readonly #held = new Map<number, { readonly picture: Picture; readonly sizeBytes: number }>();
  /** Held and not needed, in order of their last use. */
  readonly #idle = new Set<number>();
  readonly #neededUntil = new Map<number, number>();
  readonly #reserved = new Map<number, number>();
  #heldBytes = 0;
  #idleBytes = 0;
  #reservedBytes = 0;
  #peakBytes = 0;

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  /** Of pictures that are here, and of those on their way. */
  get bytes(): number {
    return this.#heldBytes + this.#reservedBytes;
  }

  /** The highest that {@link bytes} ever was. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  get isAnyComing(): boolean {
    return this.#reserved.size > 0;
  }

  get(sample: number): Picture | undefined {
    return this.#held.get(sample)?.picture;
  }

  /** Room was reserved for it, and it is not here yet. */
  isComing(sample: number): boolean {
    return this.#reserved.has(sample);
  }

  isNeeded(sample: number): boolean {
    return this.#neededUntil.has(sample);
  }

  /** @param until the last moment at which somebody asks for it, as {@link release} will say it */
  need(sample: number, until: number): void {
    this.#neededUntil.set(sample, until);
    if (this.#idle.delete(sample)) this.#idleBytes -= this.#held.get(sample)!.sizeBytes;
  }

  /** Somebody has it now, at `moment`; if that was the last one, it is needed no longer. */
  release(sample: number, moment: number): void {
    if (this.#neededUntil.get(sample) !== moment) return;
    this.#neededUntil.delete(sample);
    this.#settle(sample);
  }

  /** Nothing is needed any more. */
  releaseAll(): void {
    for (const sample of [...this.#neededUntil.keys()]) {
      this.#neededUntil.delete(sample);
      this.#settle(sample);
    }
  }

  /** So much more can be needed at the same time. */
  hasRoom(sizeBytes: number): boolean {
    return this.bytes - this.#idleBytes + sizeBytes <= this.budgetBytes;
  }

  /** Keeps room for a picture that is to come. Whether there is any is for {@link hasRoom} to say. */
  reserve(sample: number, sizeBytes: number): void {
    this.#reserved.set(sample, sizeBytes);
    this.#reservedBytes += sizeBytes;
    this.#makeRoom();
  }

  /** It will not come. */
  cancel(sample: number): void {
    this.#reservedBytes -= this.#reserved.get(sample) ?? 0;
    this.#reserved.delete(sample);
  }

  /** Takes a picture in the room reserved for it. @returns false where it is larger than that, and there is no more */
  put(sample: number, picture: Picture): boolean {
    const reservedBytes = this.#reserved.get(sample) ?? 0;
    this.cancel(sample);
    this.drop(sample);
    const isError = picture instanceof FramesiftError;
    const sizeBytes = isError ? Math.min(reservedBytes, ERROR_BYTES) : picture.data.length;
    if (sizeBytes > reservedBytes && !this.hasRoom(sizeBytes)) return false;
    this.#held.set(sample, { picture, sizeBytes });
    this.#heldBytes += sizeBytes;
    if (!this.isNeeded(sample)) this.#settle(sample);
    this.#makeRoom();
    return true;
  }

  /** Whether anybody needs it or not. */
  drop(sample: number): void {
    const sizeBytes = this.#held.get(sample)?.sizeBytes ?? 0;
    this.#held.delete(sample);
    this.#heldBytes -= sizeBytes;
    if (this.#idle.delete(sample)) this.#idleBytes -= sizeBytes;
  }

  /** Of a sample that nobody needs. */
  #settle(sample: number): void {
    const held = this.#held.get(sample);
    if (held === undefined) return;
    this.#idle.add(sample);
    this.#idleBytes += held.sizeBytes;
    if (held.picture instanceof FramesiftError && !LASTING.has(held.picture.code)) this.drop(sample);
  }

  #makeRoom(): void {
    for (const sample of this.#idle) {
      if (this.bytes <= this.budgetBytes) break;
      this.drop(sample);
    }
    this.#peakBytes = Math.max(this.#peakBytes, this.bytes);
  }
}
