// Values below which a share of all values lies.

/**
 * The value below which a share of all values lies, linear between neighbours, as `numpy.quantile`.
 *
 * @param sorted ascending, at least one
 * @param share in [0, 1]
 */
export const quantile = (sorted: ArrayLike<number>, share: number): number => {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (place - Math.floor(place)) * (above - below);
};
