// Paths that are addresses of servers, and what of them must not be shown.

/** Whether a path is an address: `http://…`, `https://…`, `s3://…`. */
export const isAddress = (path: string): boolean => /^(?:https?|s3):\/\//i.test(path);

/** The addresses in a text without passwords and without what stands behind `?`: signatures and tokens are there. */
export const withoutSecrets = (text: string): string =>
  text.replaceAll(
    // What ends a sentence, or begins the next thought, is no part of an address.
    /\b(https?:\/\/)(?:[^\s/?#@]*@)?([^\s?#"'<>]*)(?:\?[^\s"'<>)]*?(?=[:.,;]*(?:[\s"'<>)]|$)))?/gi,
    '$1$2',
  );
