/** CVAT's tasks, their data and requests, as its schema and client describe them. */
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';

interface Task {
  readonly id: number;
  readonly name: string;
  readonly project_id: number | undefined;
  readonly labels: unknown;
  readonly segment_size: number | undefined;
  files: readonly string[];
  uploaded: string[];
  annotations: unknown[];
  /** Looks until the data is there; undefined before any is attached. */
  due: number | undefined;
  failure: string | undefined;
}

export class CvatServer {
  readonly project = 3;
  readonly token = 'secret-token';
  readonly server = new FaultyServer((asked) => this.#answer(asked));
  tasks: Task[] = [];
  /** Why data cannot be made of files. */
  refuses = (_: readonly string[]): string | undefined => undefined;
  #lastId = 0;

  readonly #answer = ({ method, path, query, headers, body }: Asked): Reply => {
    if (headers.authorization !== `Bearer ${this.token}`)
      return { status: 401, body: { detail: 'Invalid token.' } };
    if (path === `/api/projects/${this.project}`)
      return { status: 200, body: { id: this.project, name: 'p' } };
    if (path === '/api/users/self') return { status: 200, body: { id: 1 } };
    if (path === '/api/tasks' && method === 'POST')
      return this.#make(JSON.parse(body.toString()) as Partial<Task>);
    if (path === '/api/tasks') {
      const all = this.tasks.filter(({ name }) => [null, name].includes(query.get('name')));
      const [page, size] = [Number(query.get('page')), Number(query.get('page_size'))];
      const results = all.slice((page - 1) * size, page * size).map(summaryOf);
      return { status: 200, body: { count: all.length, results } };
    }
    if (path === '/api/requests') {
      const task = this.#task(query.get('task_id'));
      const results = task?.due === undefined ? [] : [requestOf(task)];
      return { status: 200, body: { count: results.length, results } };
    }
    const request = /^\/api\/requests\/action(?:%3D|=)create(?:%26|&)task(?:%3D|=)(\d+)$/.exec(path);
    if (request) {
      const task = this.#task(request[1]);
      if (task?.due === undefined) return { status: 404, body: { detail: 'Not found.' } };
      if (task.due > 0) task.due--;
      return { status: 200, body: requestOf(task) };
    }
    const [, id, rest = ''] = /^\/api\/tasks\/(\d+)(?:\/(.*))?$/.exec(path) ?? [];
    const task = this.#task(id);
    if (task === undefined) return { status: 404, body: { detail: 'Not found.' } };
    if (rest === '' && method === 'GET') return { status: 200, body: summaryOf(task) };
    if (rest === '' && method === 'DELETE') {
      this.tasks = this.tasks.filter((each) => each !== task);
      return { status: 204 };
    }
    if (rest === 'annotations')
      return { status: 200, body: { tags: task.annotations, shapes: [], tracks: [] } };
    if (rest === 'data/meta') return { status: 200, body: { frames: task.files.map((name) => ({ name })) } };
    if (rest === 'data' && method === 'POST') return this.#attach(task, headers, body);
    return { status: 404, body: { detail: 'Not found.' } };
  };

  #make({ name, project_id, labels, segment_size }: Partial<Task>): Reply {
    if (name === undefined || (project_id === undefined && labels === undefined))
      return { status: 400, body: { name: ['This field is required.'] } };
    const rest = { files: [], uploaded: [], annotations: [], due: undefined, failure: undefined };
    const task = { id: ++this.#lastId, name, project_id, labels, segment_size, ...rest };
    this.tasks.push(task);
    return { status: 201, body: summaryOf(task) };
  }

  #attach(task: Task, headers: Asked['headers'], body: Buffer): Reply {
    if ('upload-start' in headers) {
      task.uploaded = [];
      return { status: 202 };
    }
    if ('upload-multiple' in headers) {
      const names = [...body.toString('latin1').matchAll(/name="client_files\[\d+\]"; filename="([^"]*)"/g)];
      task.uploaded.push(...names.map(([, name]) => Buffer.from(name!, 'latin1').toString('utf8')));
      return { status: 200 };
    }
    // "Data cannot be attached twice."
    if (task.due !== undefined) return { status: 400, body: ['Adding more data is not supported'] };
    const given = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
    if (given['image_quality'] === undefined || given['sorting_method'] !== 'predefined')
      return { status: 400, body: { image_quality: ['This field is required.'] } };
    const files = (given['server_files'] ?? given['upload_file_order']) as readonly string[];
    if ('upload-finish' in headers && files.some((file) => !task.uploaded.includes(file)))
      return { status: 400, body: ['files are missing'] };
    task.due = 2;
    task.failure = this.refuses(files);
    if (task.failure === undefined) task.files = files;
    return { status: 202, body: { rq_id: `action=create&task=${task.id}` } };
  }

  #task(id: string | null | undefined): Task | undefined {
    return this.tasks.find((task) => task.id === Number(id));
  }
}

const summaryOf = ({ id, name, project_id, files, due }: Task) => ({
  id,
  name,
  project_id,
  size: due === 0 ? files.length : 0,
});

const requestOf = ({ id, due = 0, failure }: Task) => ({
  id: `action=create&task=${id}`,
  status: due > 0 ? 'started' : failure === undefined ? 'finished' : 'failed',
  message: failure ?? '',
});
