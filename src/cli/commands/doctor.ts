import type { Finding } from '../../doctor.ts';
import { defineCommand } from '../command.ts';
import { pad } from '../display-width.ts';
import { EXIT } from '../exit-code.ts';
import type { Style } from '../paint.ts';
import { printable } from '../printable.ts';
import type { Session } from '../session.ts';

const STYLES: Readonly<Record<Finding['status'], Style>> = { ok: 'green', warning: 'yellow', missing: 'red' };

export const command = defineCommand({
  usage: '[options]',
  description:
    'Looks at everything that framesift needs or can use on this machine, and says how to get what is missing.',
  options: {},
  examples: [{ what: 'versions and folders, for a report of a bug', line: 'doctor --json' }],
  run: async (_, session) => {
    const { examine } = await import('../../doctor.ts');
    const findings = await examine();
    for (const finding of findings) {
      if (session.json) await session.results.record('finding', finding);
      else await writeFinding(finding, Math.max(...findings.map(({ name }) => name.length)), session);
    }
    return findings.some(({ status }) => status === 'missing') ? EXIT.environment : EXIT.done;
  },
});

const writeFinding = async (
  { name, status, detail, remedy }: Finding,
  width: number,
  { results, paint }: Session,
): Promise<void> => {
  await results.line(
    `${paint(STYLES[status], pad(status, 7, 'left'))}  ${pad(name, width, 'left')}  ${printable(detail)}`,
  );
  if (remedy !== undefined) await results.line(`${' '.repeat(7 + 2 + width + 2)}${printable(remedy)}`);
};
