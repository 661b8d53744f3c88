// Paths that are addresses of servers, and what of them must not be shown.

/** Whether a path is an address: `http://…`, `https://…`, `s3://…`. */
export const isAddress = (path: string): boolean => /^(?:https?|s3):\/\//i.test(path);

/** An address without its login and without what stands behind `?`: signatures and tokens are there. Other paths as they are. */
export const shownAddress = (path: string): string => {
  if (!/^https?:\/\//i.test(path) || !URL.canParse(path)) return withoutSecrets(path);
  const url = new URL(path);
  [url.username, url.password, url.search, url.hash] = ['', '', '', ''];
  return url.href;
};

/** The addresses in a text, as {@link shownAddress} has them. */
export const withoutSecrets = (text: string): string =>
  text
    .replaceAll(/\b((?:https?|s3):\/\/)[^\s/?#]*@/gi, '$1')
    // What ends a sentence is no part of an address.
    .replaceAll(/\b(https?:\/\/[^\s?#]*)[?#]\S*?(?=[)\]"'’:.,;]*(?:\s|$))/gi, '$1');
