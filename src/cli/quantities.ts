// Numbers as people read them.

/** `1234567` as `1 234 567`. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ' ');

/** `1 frame`, `1 234 frames`; `unit` is the plural in -s. */
export const formatUnits = (count: number, unit: string): string =>
  `${formatCount(count)} ${count === 1 ? unit.replace(/s$/, '') : unit}`;

/** How long something took: `0.4 s`, `12.3 s`, `3 min 05 s`, `2 h 04 min`. */
export const formatElapsed = (milliseconds: number): string => {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
};

/** How long something may still take: `0:07`, `12:05`, `3:00:00`. */
export const formatRemaining = (milliseconds: number): string => {
  const seconds = Math.ceil(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};

/** A place in a video: `0:07.480`, `1:02:03.000`. */
export const formatDuration = (seconds: number): string => {
  const thousandths = Math.round(seconds * 1000);
  const whole = Math.floor(thousandths / 1000);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = `${two(whole % 60)}.${String(thousandths % 1000).padStart(3, '0')}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
};

/** Items a second: `0.3`, `7.5`, `1 234`. */
export const formatRate = (perSecond: number): string =>
  perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));

/** At most three decimals, no zeros at the end: `25`, `29.97`, `23.976`. */
export const formatDecimal = (value: number): string => String(Number(value.toFixed(3)));

/** `512 B`, `1.5 MB`, `23 GB`: powers of 1000. */
export const formatBytes = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
};

const two = (number: number): string => String(number).padStart(2, '0');
