/** Label Studio's import, tasks, projects and tokens, as its documentation and code describe them. */
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';

interface Task {
  readonly id: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta: unknown;
  total_annotations: number;
}

export class LabelStudioServer {
  readonly project = 7;
  readonly token = '0123456789abcdef0123456789abcdef01234567';
  /** A JWT with an end, as personal access tokens are. */
  readonly personalToken = `x.${Buffer.from(JSON.stringify({ exp: 4e9 })).toString('base64url')}.y`;
  readonly server = new FaultyServer((asked) => this.#answer(asked));
  tasks: Task[] = [];
  /** Editions that import in the background. */
  isAsynchronous = false;
  labelConfig = '<View><Image name="img" value="$image"/><Choices name="weather" toName="img"/></View>';
  /** More tasks at once are too many bytes for the proxy. */
  mostTasks = Infinity;
  /** Images that the server finds fault with. */
  refuses = (_: Task['data']): boolean => false;
  /** How the list of tasks is wrapped. */
  wrap: 'tasks' | 'results' | 'none' = 'tasks';
  /** How often access that was given may be used. */
  usesOfAccess = Infinity;
  #access = 0;
  #lastId = 1000;
  #uses = 0;
  readonly #imports: { status: string; task_ids: number[]; looks: number }[] = [];

  readonly #answer = ({ method, path, query, headers, body }: Asked): Reply => {
    if (path === '/api/token/refresh/') {
      const { refresh } = JSON.parse(body.toString()) as { refresh: string };
      if (refresh !== this.personalToken)
        return { status: 401, body: { detail: 'Token is invalid or expired' } };
      this.#uses = 0;
      return { status: 200, body: { access: `access-${++this.#access}` } };
    }
    const isLegacy = headers.authorization === `Token ${this.token}`;
    const isCurrent =
      headers.authorization === `Bearer access-${this.#access}` && this.#uses++ < this.usesOfAccess;
    if (!isLegacy && !isCurrent) return { status: 401, body: { detail: 'Invalid token.' } };
    const base = `/api/projects/${this.project}`;
    if (path === `${base}/`)
      return { status: 200, body: { id: this.project, label_config: this.labelConfig } };
    if (path === `${base}/import` && method === 'POST')
      return this.#import(JSON.parse(body.toString()) as object[]);
    const imported = new RegExp(`^${base}/imports/(\\d+)/$`).exec(path);
    if (imported) {
      const found = this.#imports[Number(imported[1])]!;
      return { status: 200, body: { ...found, status: found.looks-- > 0 ? 'in_progress' : found.status } };
    }
    if (path === '/api/tasks/') return this.#list(query);
    const task = /^\/api\/tasks\/(\d+)\/$/.exec(path);
    if (task && method === 'DELETE') {
      this.tasks = this.tasks.filter(({ id }) => id !== Number(task[1]));
      return { status: 204 };
    }
    return { status: 404, body: { detail: 'Not found.' } };
  };

  #import(all: readonly object[]): Reply {
    if (all.length > this.mostTasks) return { status: 413 };
    const given = all as readonly Pick<Task, 'data' | 'meta'>[];
    const wrong = given.findIndex(({ data }) => !('image' in data) || this.refuses(data));
    if (wrong >= 0) {
      const errors = { non_field_errors: [`Error at item ${wrong}: "image" key is expected in task data`] };
      return {
        status: 400,
        body: { status_code: 400, detail: 'Validation error', validation_errors: errors },
      };
    }
    const ids = given.map(({ data, meta }) => {
      const id = ++this.#lastId;
      this.tasks.push({ id, data, meta, total_annotations: 0 });
      return id;
    });
    const result = { task_count: ids.length, annotation_count: 0, prediction_count: 0, task_ids: ids };
    if (!this.isAsynchronous) return { status: 201, body: result };
    this.#imports.push({ ...result, status: 'completed', looks: 2 });
    return { status: 201, body: { import: this.#imports.length - 1 } };
  }

  #list(query: URLSearchParams): Reply {
    // The server's own limit, whatever is asked for.
    const size = Math.min(100, Number(query.get('page_size')));
    const page = Number(query.get('page'));
    const tasks = this.tasks.slice((page - 1) * size, page * size);
    if (page > 1 && tasks.length === 0) return { status: 404, body: { detail: 'Invalid page.' } };
    if (this.wrap === 'none') return { status: 200, body: tasks };
    const total = this.tasks.length;
    return { status: 200, body: this.wrap === 'tasks' ? { tasks, total } : { results: tasks, count: total } };
  }
}
