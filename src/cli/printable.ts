// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for
const CONTROLS = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

/**
 * A text that came from outside (a file's name, a decoder's message), safe to show: a control character could move
 * the cursor, change the window's title, or turn the direction of writing. `\n` stays a visible `\n`.
 */
export const printable = (text: string): string =>
  text.replace(CONTROLS, (control) => {
    if (control === '\n') return '\\n';
    if (control === '\t') return '\\t';
    return `\\u{${control.charCodeAt(0).toString(16)}}`;
  });

/** The same for a text of several lines. */
export const printableLines = (text: string): string => text.split(/\r?\n/).map(printable).join('\n');
