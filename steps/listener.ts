// The git host's webhook: a signed push becomes a run for each service that it builds. It reads calls of anybody, so
// nothing that comes in may end it, or make it hold more than a bounded number of bytes.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import pMap from 'p-map';
import pRetry from 'p-retry';
import { type Kube, KubeError } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import { listRuns, type Run, runsPath } from '../cluster/runs.ts';
import type { Log } from './log.ts';
import { isPlain } from './plain-json.ts';
import { parsePush, whyBuilt } from './push.ts';
import { type PushConfig, type PushedService, runOfPush } from './push-config.ts';

export interface ListenerOptions {
  config: PushConfig;
  /** What calls are signed with; asked at each call, as it may be renewed while this runs. */
  secret: () => Promise<string>;
  /** Bytes of one call. Default 32 MiB: GitHub sends at most 25 MB. */
  largest?: number;
  /** Bytes of all calls that are held at one time. Default 96 MiB. */
  most?: number;
  /** Told after runs were created. */
  created?: () => void;
}

/** What the caller is told. */
interface Answer {
  status: number;
  message: string;
  /** The runs that were created. */
  runs?: string[];
}

const PARALLEL = 8;
const refuse = (status: number, message: string): Answer => ({ status, message });

/** A server that is not listening yet. */
export function makeListener(kube: () => Kube, options: ListenerOptions, log: Log): Server {
  const { largest = 32 << 20, most = 96 << 20 } = options;
  let held = 0;

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    if (request.method === 'GET' && request.url === '/ready') return { status: 200, message: 'ready' };
    if (request.method !== 'POST') return refuse(405, `${request.method} is not allowed; POST is`);
    const signature = /^sha256=([0-9a-f]{64})$/.exec(String(request.headers['x-hub-signature-256'] ?? ''))?.[1];
    const secret = await options.secret();
    // Anybody could sign with nothing.
    if (secret === '') return refuse(500, 'the webhook secret is empty; set slipway:webhookSecret');
    const hmac = createHmac('sha256', secret);
    const chunks: Buffer[] = [];
    let size = 0;
    let kept = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > largest) return refuse(413, `a call of more than ${largest} bytes`);
        // What nobody has signed is read to its end, for the caller to hear why, and not kept.
        if (signature === undefined) continue;
        kept += chunk.length;
        held += chunk.length;
        if (held > most) return refuse(503, `calls of more than ${most} bytes at one time; send it again`);
        hmac.update(chunk);
        chunks.push(chunk);
      }
      if (signature === undefined || !timingSafeEqual(hmac.digest(), Buffer.from(signature, 'hex'))) {
        return refuse(401, "a call that the stack's webhook secret has not signed (x-hub-signature-256)");
      }
      return await receive(kube, options, request, Buffer.concat(chunks), log);
    } finally {
      held -= kept;
    }
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch(error => refuse(500, messageOf(error)))
      .then(({ status, ...body }) => {
        if (status >= 400) log(`refused with ${status}: ${body.message}`);
        if (response.destroyed) return;
        response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
        response.end(JSON.stringify(body));
      });
  });
  server.requestTimeout = 30_000;
  server.headersTimeout = 5000;
  server.maxConnections = 256;
  return server;
}

// A signed call. What it holds is still a text from outside: nothing of it but the commit gets into a run.
async function receive(
  kube: () => Kube,
  { config, created: told }: ListenerOptions,
  { headers }: IncomingMessage,
  bytes: Buffer,
  log: Log,
): Promise<Answer> {
  const event = headers['x-github-event'];
  if (event !== 'push') return { status: 200, message: 'only pushes build' };
  if (bytes.subarray(0, 8).equals(Buffer.from('payload='))) {
    return refuse(400, "a payload as a form; set the webhook's content type to application/json at the git host");
  }
  if (!isPlain(bytes)) return refuse(400, `a payload of ${bytes.length} bytes that is no JSON object of a push`);
  let push: ReturnType<typeof parsePush>;
  try {
    push = parsePush(bytes.toString('utf8'));
  } catch (error) {
    return refuse(400, messageOf(error));
  }
  if (push.repository !== config.repository || push.ref !== `refs/heads/${config.branch}` || push.deleted) {
    return { status: 200, message: `nothing to build: ${config.branch} of ${config.repository} is built` };
  }
  let runs: Promise<Run[]> | undefined;
  const lastRuns = () => {
    runs ??= listRuns(kube(), config.run.metadata.namespace!);
    return runs;
  };
  const reasons = await Promise.all(
    config.services.map(async service => ({
      service,
      because: await whyBuilt(push, service, lastRuns, config.bases),
    })),
  );
  const wanted = reasons.filter((one): one is typeof one & { because: string } => one.because !== undefined);
  const created = await pMap(wanted, ({ service, because }) => start(kube, config, service, push.after, because, log), {
    concurrency: PARALLEL,
  });
  const names = created.filter(name => name !== undefined);
  if (names.length > 0) told?.();
  log(`push of ${push.after.slice(0, 12)}: ${names.length} of ${config.services.length} services are built`);
  const lost = wanted.length - names.length;
  if (lost > 0) return refuse(500, `${lost} of ${wanted.length} runs could not be created; send the push again`);
  return { status: 202, message: wanted.length > 0 ? 'building' : 'the push changes no service', runs: names };
}

// The run's name; undefined where there is none, which the log explains. One service must not cost the others theirs.
async function start(
  kube: () => Kube,
  config: PushConfig,
  service: PushedService,
  commit: string,
  because: string,
  log: Log,
): Promise<string | undefined> {
  const run = runOfPush(config, service, commit, because);
  const path = runsPath(run.metadata.namespace!);
  try {
    // A run too many does no harm, as the order of a service's runs lets one of them roll out; a lost one does.
    const created = await pRetry(() => kube().create(path, run), {
      retries: 3,
      minTimeout: 300,
      shouldRetry: ({ error }) => !(error instanceof KubeError) || error.status >= 500 || error.status === 429,
    });
    log(`${service.name}: ${created.metadata.name}: ${because}`);
    return created.metadata.name;
  } catch (error) {
    log(`${service.name}: no run can be created: ${messageOf(error)}`);
    return undefined;
  }
}
