// The orders that there are. By itself, so that help can list them without loading any.
export const ORDER_NAMES = [
  'facility-location',
  'k-means++',
  'cluster-medoids',
  'dpp',
  'typiclust',
  'probcover',
  'zcore',
  'deduplicate',
] as const;

export type OrderName = (typeof ORDER_NAMES)[number];
