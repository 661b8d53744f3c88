/** A signal that is given while something is at work, at the same moment on every machine: when it is looked at so often. */
export const signalAtLook = (
  number: number,
  reason: Error,
): { readonly signal: AbortSignal; readonly looks: () => number } => {
  const controller = new AbortController();
  const { signal } = controller;
  let looks = 0;
  signal.throwIfAborted = () => {
    if (++looks === number) controller.abort(reason);
    AbortSignal.prototype.throwIfAborted.call(signal);
  };
  return { signal, looks: () => looks };
};
