/** What a `Retry-After` header asks for (RFC 9110, 10.2.3): seconds, or a date. In milliseconds from now. */
export const retryAfterMs = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};
