// Models of Hugging Face's hub: downloaded once into the cache that is shared with Python, then read from there.
import type { Progress } from '../base/progress.ts';
import type { HubAddress } from './hub-address.ts';
import type { WeightsType } from './weights-file.ts';

export interface HubOptions {
  readonly dtype?: WeightsType | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A file is coming. */
  readonly onDownload?: ((download: DownloadProgress) => void) | undefined;
  /** The hub could not be asked, and what was downloaded earlier is used. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

export interface DownloadProgress {
  readonly file: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** For whoever shows it, in megabytes. */
export const progressOf = ({ file, receivedBytes, totalBytes }: DownloadProgress): Progress => {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  return {
    stage: 'downloading',
    done: megabytes(receivedBytes),
    total: megabytes(totalBytes),
    failed: 0,
    unit: 'MB',
    item: file,
  };
};

/** A model in the cache. */
export interface HubModel {
  /** The folder of its commit, in Hugging Face's layout. */
  readonly folder: string;
  /** Of the network, below the folder. */
  readonly file: string;
  readonly commit: string;
}

/**
 * A model of the hub, downloaded unless it is in the cache. The hub is asked for what a branch stands for now; when it
 * cannot be reached, what it stood for last is taken, and that is said. With `HF_HUB_OFFLINE=1`, and for a commit that
 * is there, nobody is asked.
 *
 * Environment: `HF_HUB_CACHE`, `HF_HOME`, `HF_ENDPOINT`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`, as Python's
 * huggingface_hub takes them.
 *
 * @throws ERR_HUB, ERR_MODEL when it has no such network, ERR_WRITE, or the signal's reason
 */
export const fetchHubModel = async (address: HubAddress, options: HubOptions = {}): Promise<HubModel> => {
  // Loaded when somebody wants it: most runs have nothing to do with a hub.
  const { bringModel } = await import('./hub-model.ts');
  return bringModel(address, options);
};
