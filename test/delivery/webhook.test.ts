// Batches come to a webhook under the same number: after any fault, and however often a push is begun again.
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Webhook } from '../../src/delivery/webhook.ts';
import { type Asked, FaultyServer } from '../support/faulty-server.ts';
import { itemsOf } from '../support/items.ts';
import { PATIENCE, usePushBench } from '../support/pushing.ts';

const { folder, push, expectOnce } = usePushBench();

describe('a webhook', () => {
  const seen = new Map<string, { frames: { frame_key: string }[] }>();
  let hook: FaultyServer;
  let url: string;
  beforeEach(async () => {
    seen.clear();
    hook = new FaultyServer(({ headers, body }) => {
      seen.set(
        String(headers['webhook-id']),
        JSON.parse(body.toString()) as { frames: { frame_key: string }[] },
      );
      return { status: 204 };
    });
    url = `${await hook.open()}/frames?key=hidden`;
  });
  afterEach(() => hook.close());

  const keys = (): string[] =>
    [...seen.values()].flatMap(({ frames }) => frames.map((frame) => frame.frame_key));

  it('gets batches that are signed, and tell themselves', async () => {
    const items = itemsOf(6);
    const secret = `whsec_${Buffer.from('a secret of the user').toString('base64')}`;
    const destination = new Webhook({ url, secret, prefix: 's3://b/', patience: PATIENCE });
    expect(await push(items, destination)).toMatchObject({ sent: 6 });
    const [first] = hook.asked as [Asked];
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = first.headers;
    const expected = createHmac('sha256', 'a secret of the user').update(
      `${String(id)}.${String(time)}.${first.body.toString()}`,
    );
    expect(signature).toBe(`v1,${expected.digest('base64')}`);
    expect(JSON.parse(first.body.toString())).toMatchObject({
      schemaVersion: 1,
      batch: id,
      frames: items.slice(0, 4).map(({ frameKey, file }) => ({
        frame_key: frameKey,
        file,
        address: `s3://b/${file.split('/').map(encodeURIComponent).join('/')}`,
      })),
    });
    // Neither the secret nor what stands behind the address is kept.
    const ledger = readdirSync(folder())
      .map((name) => readFileSync(join(folder(), name), 'utf8'))
      .join('');
    expect(ledger).not.toMatch(/hidden|secret/);
    expect(destination.address).not.toContain('hidden');
  });

  it(
    'is sent a batch again under the same number after any faults, ends and beginnings',
    { timeout: 120_000 },
    () =>
      expectOnce({
        server: hook,
        reset: () => seen.clear(),
        destination: () => new Webhook({ url, patience: PATIENCE }),
        keys,
      }),
  );
});
