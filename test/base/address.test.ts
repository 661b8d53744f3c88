import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAddress, shownAddress, withoutSecrets } from '../../src/base/address.ts';

describe('addresses', () => {
  it.each(['http://a/b', 'HTTPS://a', 's3://bucket/key'])('%s is one', (path) => {
    expect(isAddress(path)).toBe(true);
  });

  it.each(['videos/', '/http://x', 'http:/a', 'file:///x', 'C:\\videos', 'ftp://a'])('%s is none', (path) => {
    expect(isAddress(path)).toBe(false);
  });

  it.each([
    ['https://me:pass@host:8080/a%20b.mp4?sig=x&y=z', 'https://host:8080/a%20b.mp4'],
    ['https://host/a.mp4?sig=x: is empty (0 bytes).', 'https://host/a.mp4: is empty (0 bytes).'],
    ['two: http://u:p@h/x?1, and "https://h/y?2".', 'two: http://h/x, and "https://h/y".'],
    ['no address, user@host, what?', 'no address, user@host, what?'],
    ['s3://bucket/what?.mp4', 's3://bucket/what?.mp4'],
    ['https://user:p@ss@host/v.mp4', 'https://host/v.mp4'],
    ["https://h/it's.mp4?name=a(1).mp4&sig=SECRET.", "https://h/it's.mp4."],
    ['https://h/v.mp4#a?sig=SECRET (404)', 'https://h/v.mp4 (404)'],
    ['s3://KEY:SECRET@bucket/a@b.mp4', 's3://bucket/a@b.mp4'],
  ])('%s is shown as %s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    ['https://h/my video.mp4?sig=SECRET', 'https://h/my%20video.mp4'],
    ['https://user:my pass@h/v.mp4', 'https://h/v.mp4'],
    ["https://h/a\"b.mp4?n='x'&sig=SECRET", 'https://h/a%22b.mp4'],
    ['s3://bucket/my video?.mp4', 's3://bucket/my video?.mp4'],
    ['videos/what?.mp4', 'videos/what?.mp4'],
  ])('%s by itself is shown as %s', (address, shown) => {
    expect(shownAddress(address)).toBe(shown);
  });

  it('never show a password or a query', () => {
    const word = fc.stringMatching(/^[a-z0-9%+=&-]{1,12}$/);
    fc.assert(
      fc.property(word, word, word, fc.string(), (user, password, query, around) => {
        const text = `${around} https://${user}:SECRET${password}@host/path.mp4?SECRET${query} ${around}`;
        expect(withoutSecrets(text)).not.toContain('SECRET');
        expect(withoutSecrets(text)).toContain('https://host/path.mp4');
      }),
    );
  });
});
