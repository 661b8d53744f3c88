import { describe, expect, it } from 'vitest';
import { graphicsCard } from '../src/doctor.ts';

const name = 'Graphics card';
/** A device that this system never has. */
const nowhere = process.platform === 'win32' ? 'coreml' : 'dml';

describe('what doctor says of a graphics card', () => {
  it('names the first device that works', async () => {
    const detail = 'cpu works, and is what --device auto takes';
    expect(await graphicsCard([nowhere, 'cpu'])).toEqual([{ name, status: 'ok', detail }]);
  });

  it('warns of a card that cannot be used, and says what it lacks', async () => {
    const [finding, ...others] = await graphicsCard([nowhere]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ name, status: 'warning' });
    expect(finding!.detail).toMatch(
      new RegExp(`^there seems to be one, and models run on the processor \\(${nowhere}: .+\\)$`),
    );
    expect(finding!.remedy).toMatch(/^It needs /);
  });

  it('is content with none', async () => {
    expect(await graphicsCard([])).toEqual([
      { name, status: 'ok', detail: 'none; models run on the processor' },
    ]);
  });
});
