// Reads selection.csv back: why each frame was picked.
import { readChunks } from '../base/file-chunks.ts';
import { CsvReader, type CsvRecord } from '../formats/csv-reader.ts';
import { frameKey } from '../frame/frame-key.ts';

export interface PickedRow {
  readonly reason: string | undefined;
  readonly distance: number | undefined;
}

/** Rows by what all names of a frame have in common. @throws ERR_NOT_FOUND, ERR_READ */
export const readSelectionTable = async (path: string): Promise<ReadonlyMap<string, PickedRow>> => {
  const reader = new CsvReader();
  const rows = new Map<string, PickedRow>();
  let header: readonly string[] | undefined;
  const take = (record: CsvRecord): void => {
    const cells = Array.from({ length: record.length }, (_, column) => record.text(column));
    if (header === undefined) {
      header = cells;
      return;
    }
    const cell = (name: string): string => cells[header!.indexOf(name)] ?? '';
    const distance = cell('distance');
    rows.set(frameKey(cell('filenames')), {
      reason: cell('reason') || undefined,
      distance: distance === '' ? undefined : Number(distance),
    });
  };
  for await (const chunk of readChunks(path)) for (const record of reader.push(chunk)) take(record);
  for (const record of reader.end()) take(record);
  return rows;
};
