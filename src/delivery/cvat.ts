// Tasks of CVAT, by its HTTP API: a batch is a task, with the images in the order of being picked.
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnotationItem } from '../annotation/item.ts';
import { type Fields, isFields } from '../annotation/labels.ts';
import type { Destination } from './destination.ts';
import { type Answer, ask, type Patience, Refused, type Request, Unanswered } from './http.ts';
import { batchId } from './ledger.ts';

export interface CvatOptions {
  /** Of the server: `https://app.cvat.ai`. */
  readonly url: string;
  readonly token: string;
  /** The number of the project whose labels tasks get; without it `categories` are the labels. */
  readonly project?: string | undefined;
  readonly categories?: readonly string[] | undefined;
  /** What names of tasks begin with. Default: framesift. */
  readonly title?: string | undefined;
  /** Short name of the organisation. */
  readonly organization?: string | undefined;
  /** Before the paths of images on the server's share. */
  readonly prefix?: string | undefined;
  /** The folder of the images, to be uploaded; without it the server has them on its share. */
  readonly upload?: string | undefined;
  /** Images of a job. */
  readonly segmentSize?: number | undefined;
  readonly patience: Patience;
}

/** What goes into one request of an upload. */
const UPLOAD_BYTES = 64 * 1024 * 1024;
const PAGE = 100;
const USUAL_TITLE = 'framesift';

export class Cvat implements Destination {
  readonly title = 'CVAT';
  /** Tasks of tens of thousands of images take CVAT hours. */
  readonly usualBatchSize = 1000;
  readonly address: string;
  readonly page: string;
  readonly #options: CvatOptions;

  constructor(options: CvatOptions) {
    this.#options = options;
    const { url, project } = options;
    this.address = project === undefined ? url : `${url}/projects/${project}`;
    this.page = project === undefined ? `${url}/tasks` : this.address;
  }

  describe(batch: readonly AnnotationItem[]): Pick<Request, 'method' | 'url' | 'body'> {
    return { method: 'POST', url: this.#url('tasks'), body: this.#taskOf(batch) };
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    const { project, categories = [] } = this.#options;
    if (project === undefined && categories.length === 0)
      throw new Refused('needs classes to label: name them (--category), or a project (--project)', false);
    const path = project === undefined ? 'users/self' : `projects/${project}`;
    const { body } = await this.#ask({ method: 'GET', url: this.#url(path) }, signal);
    if (!isFields(body) || !('id' in body))
      throw new Refused('answered something else than asked for: is this the address of CVAT?', false);
  }

  /** Goes on with a task that an earlier try has made. */
  async send(batch: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<readonly string[]> {
    const name = this.#nameOf(batch);
    const earlier = await this.#taskNamed(name, signal);
    const task = earlier ?? (await this.#makeTask(batch, signal));
    if (task.size === 0) await this.#attach(task.id, batch, signal);
    return batch.map((_, i) => `${task.id}#${i}`);
  }

  async find(
    items: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const byFile = new Map(items.map((item) => [this.#serverFile(item), item.frameKey]));
    const found = new Map<string, string>();
    for await (const { id, name, size } of this.#tasks({}, signal)) {
      if (size === 0 || !MARKED.test(name)) continue;
      const { body } = await this.#ask({ method: 'GET', url: this.#url(`tasks/${id}/data/meta`) }, signal);
      const frames =
        isFields(body) && Array.isArray(body['frames']) ? (body['frames'] as readonly unknown[]) : [];
      for (const [i, frame] of frames.entries()) {
        const file = isFields(frame) ? frame['name'] : undefined;
        const key = typeof file === 'string' ? byFile.get(file) : undefined;
        if (key !== undefined && !found.has(key)) found.set(key, `${id}#${i}`);
      }
    }
    return found;
  }

  async removeRepeated(items: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<number> {
    const byName = new Map<string, TaskFound[]>();
    const { title = USUAL_TITLE } = this.#options;
    for await (const task of this.#tasks({}, signal))
      if (task.name.startsWith(`${title} `) && MARKED.test(task.name))
        byName.set(task.name, [...(byName.get(task.name) ?? []), task]);
    let removed = 0;
    for (const tasks of byName.values()) {
      if (tasks.length === 1) continue;
      const worked = await Promise.all(tasks.map(({ id }) => this.#isWorkedOn(id, signal)));
      const kept = Math.max(
        0,
        worked.indexOf(true) >= 0 ? worked.indexOf(true) : tasks.findIndex(({ size }) => size > 0),
      );
      for (const [i, { id, size }] of tasks.entries()) {
        if (i === kept || worked[i] === true) continue;
        await this.#ask({ method: 'DELETE', url: this.#url(`tasks/${id}`) }, signal);
        removed += size;
      }
    }
    return Math.min(removed, items.length);
  }

  async #makeTask(batch: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<TaskFound> {
    const { body } = await this.#ask(this.describe(batch), signal);
    if (!isFields(body) || body['id'] === undefined)
      throw new Unanswered('answered a new task with something else');
    return { id: String(body['id']), name: this.#nameOf(batch), size: 0 };
  }

  async #isWorkedOn(id: string, signal: AbortSignal | undefined): Promise<boolean> {
    const { body } = await this.#ask({ method: 'GET', url: this.#url(`tasks/${id}/annotations`) }, signal);
    return isFields(body) && ['tags', 'shapes', 'tracks'].some((kind) => isList(body[kind]));
  }

  #taskOf(batch: readonly AnnotationItem[]): Fields {
    const { project, categories = [], segmentSize } = this.#options;
    const labels = categories.map((label) => ({ name: label, attributes: [] }));
    return {
      name: this.#nameOf(batch),
      ...(project === undefined ? { labels } : { project_id: Number(project) }),
      ...(segmentSize !== undefined && { segment_size: segmentSize }),
    };
  }

  /** By the ranks, for people, and the number of the batch, by which the task is found again. */
  #nameOf(batch: readonly AnnotationItem[]): string {
    const { title = USUAL_TITLE } = this.#options;
    const id = batchId(batch.map(({ frameKey }) => frameKey)).slice(0, 12);
    return `${title} ${batch[0]?.rank ?? 0}-${batch.at(-1)?.rank ?? 0} [${id}]`;
  }

  #serverFile({ file }: AnnotationItem): string {
    const { upload, prefix = '' } = this.#options;
    // The server drops folders of files that are uploaded.
    return upload === undefined ? `${prefix}${file}` : file.replaceAll('%', '%25').replaceAll('/', '%2F');
  }

  /** Data is attached once and for all; a task whose data could not be made is of no use. */
  async #attach(
    id: string,
    batch: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const running = await this.#requestOf(id, signal);
    const request = running ?? (await this.#sendData(id, batch, signal));
    try {
      await this.#finished(id, request, batch.length, signal);
    } catch (error) {
      if (error instanceof Refused)
        await this.#ask({ method: 'DELETE', url: this.#url(`tasks/${id}`) }, signal).catch(() => undefined);
      throw error;
    }
  }

  async #sendData(
    id: string,
    batch: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const { upload } = this.#options;
    const url = this.#url(`tasks/${id}/data`);
    const files = batch.map((item) => this.#serverFile(item));
    const common = { image_quality: 70, use_cache: true, sorting_method: 'predefined' };
    let answer: Answer;
    if (upload === undefined) {
      answer = await this.#ask({ method: 'POST', url, body: { ...common, server_files: files } }, signal);
    } else {
      const step = (name: string, body?: unknown): Promise<Answer> =>
        this.#ask({ method: 'POST', url, headers: { [name]: 'true' }, body }, signal);
      await step('Upload-Start');
      for await (const form of formsOf(upload, batch, files)) await step('Upload-Multiple', form);
      answer = await step('Upload-Finish', { ...common, upload_file_order: files });
    }
    const number = isFields(answer.body) ? answer.body['rq_id'] : undefined;
    return typeof number === 'string' ? number : undefined;
  }

  /** What the server is doing with the task's data just now. */
  async #requestOf(id: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const { body } = await this.#ask(
      { method: 'GET', url: this.#url(`requests?task_id=${id}&action=create`) },
      signal,
    );
    const running = resultsIn(body).find(({ status }) => status === 'queued' || status === 'started');
    return running === undefined ? undefined : String(running['id']);
  }

  /** @param request undefined for servers that give no number: the task itself says how far it is */
  async #finished(
    id: string,
    request: string | undefined,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const path = request === undefined ? `tasks/${id}/status` : `requests/${encodeURIComponent(request)}`;
    for (;;) {
      const { body } = await this.#ask({ method: 'GET', url: this.#url(path) }, signal).catch(
        (error: unknown) => {
          throw error instanceof Refused ? new Unanswered(error.message, error) : error;
        },
      );
      const { status, state, message } = isFields(body) ? body : ({} as Fields);
      const now = String(status ?? state ?? '').toLowerCase();
      if (now === 'finished') break;
      if (now === 'failed')
        throw new Refused(`could not take the images: ${String(message).split('\n', 1)[0]}`, false, {
          status: 400,
        });
      await sleep(this.#options.patience.pollMs, undefined, signal === undefined ? undefined : { signal });
    }
    const { body } = await this.#ask({ method: 'GET', url: this.#url(`tasks/${id}`) }, signal);
    const size = isFields(body) ? body['size'] : undefined;
    if (size !== count)
      throw new Refused(`has ${String(size)} of ${count} images in task ${id}`, false, { status: 400 });
  }

  async #taskNamed(name: string, signal: AbortSignal | undefined): Promise<TaskFound | undefined> {
    let found: TaskFound | undefined;
    for await (const task of this.#tasks({ name }, signal))
      if (task.name === name && (found === undefined || task.size > found.size)) found = task;
    return found;
  }

  async *#tasks(
    filter: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<TaskFound> {
    const { project } = this.#options;
    let seen = 0;
    for (let page = 1; ; page++) {
      const query = new URLSearchParams({
        ...filter,
        ...(project !== undefined && { project_id: project }),
        page: String(page),
        page_size: String(PAGE),
        sort: 'id',
      });
      const { body } = await this.#ask(
        { method: 'GET', url: this.#url(`tasks?${query.toString()}`) },
        signal,
      );
      const tasks = resultsIn(body);
      for (const { id, name, size } of tasks)
        yield { id: String(id), name: String(name), size: Number(size ?? 0) };
      seen += tasks.length;
      const total = isFields(body) ? Number(body['count'] ?? 0) : 0;
      if (tasks.length === 0 || seen >= total) return;
    }
  }

  #ask(request: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const { token, organization, patience } = this.#options;
    const headers = {
      authorization: `Bearer ${token}`,
      ...(organization !== undefined && { 'x-organization': organization }),
      ...request.headers,
    };
    return ask({ ...request, headers }, patience, signal);
  }

  #url(path: string): string {
    return `${this.#options.url}/api/${path}`;
  }
}

interface TaskFound {
  readonly id: string;
  readonly name: string;
  /** Images that are attached. */
  readonly size: number;
}

/** A task that was made by pushing. */
const MARKED = /\[[0-9a-f]{12}\]$/;

const isList = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

const resultsIn = (body: unknown): readonly Fields[] => {
  const results = isFields(body) ? body['results'] : undefined;
  if (!Array.isArray(results)) throw new Unanswered('answered a list with something else');
  return results.filter(isFields);
};

/** Images as forms that are not too large. */
async function* formsOf(
  folder: string,
  batch: readonly AnnotationItem[],
  names: readonly string[],
): AsyncGenerator<FormData> {
  let form = new FormData();
  let [bytes, count] = [0, 0];
  for (const [i, { file }] of batch.entries()) {
    const blob = await openAsBlob(join(folder, file));
    if (count > 0 && bytes + blob.size > UPLOAD_BYTES) {
      yield form;
      form = new FormData();
      [bytes, count] = [0, 0];
    }
    form.append(`client_files[${count}]`, blob, names[i]);
    bytes += blob.size;
    count++;
  }
  if (count > 0) yield form;
}
