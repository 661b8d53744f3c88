// What a pool of threads asks of one, and what it answers. Everything here crosses a thread border.
import type { ErrorCode, ErrorFacts } from '../base/errors.ts';
import type { RgbImage } from '../base/rgb-image.ts';
import type { ViewPlace } from './view-seed.ts';

/** Make the views of one picture, by the recipe that the thread was started with. */
export interface ViewJob {
  readonly id: number;
  readonly image: RgbImage;
  /** What all views but the first are of; the picture itself where there is none. */
  readonly partner: RgbImage | undefined;
  readonly place: Omit<ViewPlace, 'view'>;
}

export type ViewReply =
  /** All views, one behind the other. */
  | { readonly id: number; readonly type: 'views'; readonly data: Uint8Array }
  | {
      readonly id: number;
      readonly type: 'failed';
      readonly error: { code: ErrorCode; message: string; facts: ErrorFacts };
    }
  /** A bug, with its stack. */
  | { readonly id: number; readonly type: 'bug'; readonly stack: string };
