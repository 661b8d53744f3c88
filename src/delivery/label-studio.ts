// Tasks into a project of Label Studio, by its HTTP API.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnnotationItem } from '../annotation/item.ts';
import { type ControlType, labelStudioTask } from '../annotation/label-studio.ts';
import { type Fields, isFields } from '../annotation/labels.ts';
import type { Destination } from './destination.ts';
import { type Answer, ask, type Patience, Refused, type Request, Unanswered } from './http.ts';

export interface LabelStudioOptions {
  /** Of the server: `http://localhost:8080`. */
  readonly url: string;
  /** The number of the project. */
  readonly project: string;
  /** A legacy token, or a personal access token, which is exchanged for one that lives for minutes. */
  readonly token: string;
  /** Default: the variable of the project's labelling configuration that shows an image. */
  readonly dataKey?: string | undefined;
  readonly prefix?: string | undefined;
  /** Default: the control of that name, or the first of its kind. */
  readonly fromName?: string | undefined;
  readonly toName?: string | undefined;
  readonly patience: Patience;
}

/** What the server is asked for at once when tasks are looked through. */
const PAGE = 500;

export class LabelStudio implements Destination {
  readonly title = 'Label Studio';
  readonly usualBatchSize = 1000;
  readonly address: string;
  readonly page: string;
  readonly #options: LabelStudioOptions;
  readonly #isPersonal: boolean;
  #dataKey: string | undefined;
  #config = '';
  #access: string | undefined;

  constructor(options: LabelStudioOptions) {
    this.#options = options;
    this.address = `${options.url}/projects/${options.project}`;
    this.page = `${this.address}/data`;
    this.#isPersonal = isPersonalToken(options.token);
    this.#dataKey = options.dataKey;
  }

  describe(batch: readonly AnnotationItem[]): Pick<Request, 'method' | 'url' | 'body'> {
    const { prefix } = this.#options;
    const toName = this.#options.toName ?? namesIn(this.#config, 'Image')[0];
    const fromName =
      this.#options.fromName ?? ((task: string, type: ControlType) => this.#controlOf(task, type));
    const tasks = batch.map((item) =>
      labelStudioTask(item, { dataKey: this.#dataKey, prefix, fromName, toName }),
    );
    const query = '?commit_to_project=true&return_task_ids=true';
    return {
      method: 'POST',
      url: this.#url(`projects/${this.#options.project}/import${query}`),
      body: tasks,
    };
  }

  async open(signal: AbortSignal | undefined): Promise<void> {
    const { body } = await this.#ask(
      { method: 'GET', url: this.#url(`projects/${this.#options.project}/`) },
      signal,
    );
    const config = isFields(body) ? body['label_config'] : undefined;
    if (typeof config !== 'string')
      throw new Refused('answered something that is no project: is this the address of Label Studio?', false);
    this.#config = config;
    const variables = [...config.matchAll(/<Image\b[^>]*?\bvalue\s*=\s*["']\$(?<name>\w+)/g)].map(
      (tag) => tag.groups!['name']!,
    );
    if (this.#dataKey === undefined) {
      this.#dataKey = variables[0];
      if (this.#dataKey === undefined)
        throw new Refused(
          'shows no image in this project: its labelling configuration has no <Image value="$…">',
          false,
        );
    }
    if (variables.length > 0 && !variables.includes(this.#dataKey))
      throw new Refused(
        `shows images of ${variables.map((name) => `"${name}"`).join(' and ')} in this project, not of "${this.#dataKey}"`,
        false,
      );
  }

  async send(
    batch: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<readonly string[] | undefined> {
    const { body } = await this.#ask(this.describe(batch), signal);
    if (!isFields(body)) throw new Unanswered('answered an import with something else');
    const { import: number } = body;
    const done = number === undefined ? body : await this.#imported(String(number), signal);
    const { task_count: count, task_ids: ids } = done;
    // Without ids it is the number that says whether all are there.
    const named = Array.isArray(ids) ? (ids as readonly unknown[]).map(String) : undefined;
    if ((named?.length ?? count) !== batch.length)
      throw new Unanswered(
        `says that ${String(named?.length ?? count)} of ${batch.length} tasks were imported`,
      );
    return named;
  }

  async find(
    items: readonly AnnotationItem[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = new Set(items.map(({ frameKey }) => frameKey));
    const found = new Map<string, string>();
    for await (const { id, frameKey } of this.#tasks(signal))
      if (wanted.has(frameKey) && !found.has(frameKey)) found.set(frameKey, String(id));
    return found;
  }

  async removeRepeated(items: readonly AnnotationItem[], signal: AbortSignal | undefined): Promise<number> {
    const wanted = new Set(items.map(({ frameKey }) => frameKey));
    const byFrame = new Map<string, TaskFound[]>();
    for await (const task of this.#tasks(signal))
      if (wanted.has(task.frameKey))
        byFrame.set(task.frameKey, [...(byFrame.get(task.frameKey) ?? []), task]);
    let removed = 0;
    for (const tasks of byFrame.values()) {
      // One stays: the first that somebody has worked on, else the first.
      const kept = tasks.find(({ isWorkedOn }) => isWorkedOn) ?? tasks[0];
      for (const task of tasks) {
        if (task === kept || task.isWorkedOn) continue;
        await this.#ask({ method: 'DELETE', url: this.#url(`tasks/${task.id}/`) }, signal).catch(ignoreGone);
        removed++;
      }
    }
    return removed;
  }

  /** Editions that import in the background answer with the number of the import. */
  async #imported(number: string, signal: AbortSignal | undefined): Promise<Fields> {
    const { project, patience } = this.#options;
    const until = Date.now() + patience.answerMs;
    while (Date.now() < until) {
      const { body } = await this.#ask(
        { method: 'GET', url: this.#url(`projects/${project}/imports/${number}/`) },
        signal,
      ).catch((error: unknown) => {
        // The import goes on, whatever becomes of this question.
        throw error instanceof Refused ? new Unanswered(error.message, error) : error;
      });
      if (isFields(body) && body['status'] === 'completed') return body;
      if (isFields(body) && body['status'] === 'failed')
        throw new Refused(`failed to import: ${String(body['error'])}`, false, { status: 400 });
      await sleep(patience.pollMs, undefined, signal === undefined ? undefined : { signal });
    }
    throw new Unanswered(`did not finish the import ${number}`);
  }

  #controlOf(task: string, type: ControlType): string {
    const names = namesIn(this.#config, type === 'choices' ? 'Choices' : 'RectangleLabels');
    return names.includes(task) ? task : (names[0] ?? task);
  }

  async *#tasks(signal: AbortSignal | undefined): AsyncGenerator<TaskFound> {
    let seen = 0;
    for (let page = 1; ; page++) {
      const query = new URLSearchParams({
        project: this.#options.project,
        page: String(page),
        page_size: String(PAGE),
        fields: 'task_only',
        include: 'id,data,total_annotations',
      });
      let answer: Answer;
      try {
        answer = await this.#ask({ method: 'GET', url: this.#url(`tasks/?${query.toString()}`) }, signal);
      } catch (error) {
        // A page behind the last one.
        if (error instanceof Refused && error.status === 404 && page > 1) return;
        throw error;
      }
      const { tasks, total } = pageOf(answer.body);
      for (const task of tasks) {
        const { id, data } = task;
        const key = isFields(data) ? data['frame_key'] : undefined;
        if (typeof key === 'string')
          yield { id: String(id), frameKey: key, isWorkedOn: Number(task['total_annotations'] ?? 0) > 0 };
      }
      seen += tasks.length;
      if (tasks.length === 0 || (total !== undefined && seen >= total)) return;
    }
  }

  async #ask(request: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const { patience } = this.#options;
    const authorized = async (): Promise<Request> => ({
      ...request,
      headers: { authorization: await this.#authorization(signal) },
    });
    try {
      return await ask(await authorized(), patience, signal);
    } catch (error) {
      // Access ends after minutes.
      if (!(error instanceof Refused && error.status === 401 && this.#access !== undefined)) throw error;
      this.#access = undefined;
      return await ask(await authorized(), patience, signal);
    }
  }

  async #authorization(signal: AbortSignal | undefined): Promise<string> {
    const { token, patience } = this.#options;
    if (!this.#isPersonal) return `Token ${token}`;
    if (this.#access === undefined) {
      const request = { method: 'POST', url: this.#url('token/refresh/'), body: { refresh: token } } as const;
      const { body } = await ask(request, patience, signal).catch((error: unknown) => {
        // Asking for access changes nothing.
        if (error instanceof Unanswered) throw new Refused(error.message, true, error);
        throw error;
      });
      const access = isFields(body) ? body['access'] : undefined;
      if (typeof access !== 'string')
        throw new Refused('gave no access for the token', false, { status: 401 });
      this.#access = access;
    }
    return `Bearer ${this.#access}`;
  }

  #url(path: string): string {
    return `${this.#options.url}/api/${path}`;
  }
}

interface TaskFound {
  readonly id: string;
  readonly frameKey: string;
  readonly isWorkedOn: boolean;
}

/** Names of tags in a labelling configuration. */
const namesIn = (config: string, tag: string): string[] =>
  [...config.matchAll(new RegExp(`<${tag}\\b[^>]*?\\bname\\s*=\\s*["']([^"']+)`, 'g'))].map(
    ([, name]) => name!,
  );

/** Versions differ in what they wrap tasks into. */
const pageOf = (body: unknown): { readonly tasks: readonly Fields[]; readonly total: number | undefined } => {
  const list = Array.isArray(body) ? body : isFields(body) ? (body['tasks'] ?? body['results']) : undefined;
  if (!Array.isArray(list)) throw new Unanswered('answered a list of tasks with something else');
  const total = isFields(body) ? (body['total'] ?? body['count']) : undefined;
  return { tasks: list.filter(isFields), total: typeof total === 'number' ? total : undefined };
};

/** A personal access token is a JWT; legacy ones are 40 hexadecimal digits. */
const isPersonalToken = (token: string): boolean => {
  const [, payload] = token.split('.');
  if (payload === undefined) return false;
  try {
    return 'exp' in (JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object);
  } catch {
    return false;
  }
};

const ignoreGone = (error: unknown): void => {
  if (!(error instanceof Refused && error.status === 404)) throw error;
};
