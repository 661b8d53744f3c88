// Where frames can be pushed. By itself, so that help can list them without loading any.
export const PUSH_TARGET_NAMES = ['label-studio', 'cvat', 'webhook', 'queue'] as const;

export type PushTargetName = (typeof PUSH_TARGET_NAMES)[number];

/** Where secrets come from; that of a queue is in its address. */
export const TOKEN_VARIABLES = {
  'label-studio': 'LABEL_STUDIO_API_KEY',
  cvat: 'CVAT_ACCESS_TOKEN',
  webhook: 'FRAMESIFT_WEBHOOK_SECRET',
} as const satisfies Partial<Record<PushTargetName, string>>;
