// What every verb understands.
import { type CliOptions, optional, toggle } from './option.ts';
import { someText } from './value-readers.ts';

/** How a run talks. */
export interface SharedOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  config?: string;
}

const group = 'Output and settings';

export const SHARED_OPTIONS = {
  json: toggle({ name: 'json', help: 'write records (NDJSON) to standard output, for programs', group }),
  quiet: toggle({ name: 'quiet', short: 'q', help: 'no progress and no summary; errors only', group }),
  verbose: toggle({
    name: 'verbose',
    short: 'v',
    help: "say more: FFmpeg's own messages, causes of errors",
    group,
  }),
  color: toggle({
    name: 'color',
    help: 'colours even where there is no terminal',
    offHelp: 'no colours',
    group,
  }),
  config: optional(
    {
      name: 'config',
      placeholder: 'FILE',
      help: 'settings (default: framesift.config.json, .yaml or .yml in this folder)',
      group,
      completes: 'file',
    },
    someText,
  ),
} satisfies CliOptions<SharedOptions>;
