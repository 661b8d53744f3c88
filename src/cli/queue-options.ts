// Options of verbs that can have their work done by other machines.
import { optional, required } from './option.ts';
import { someText } from './value-readers.ts';

const flag = {
  name: 'queue',
  placeholder: 'URL',
  group: 'Many machines',
};

export const queue = optional(
  {
    ...flag,
    help: 'let workers (framesift worker) do the work that take jobs from this queue: redis://host:6379 or postgres://user@host/database; they must see the same folders',
  },
  someText,
);

export const neededQueue = required(
  { ...flag, help: 'the queue: redis://host:6379 (also Valkey) or postgres://user@host/database' },
  someText,
);
