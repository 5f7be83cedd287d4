// Answers Tekton Triggers' listener: does this push build that service? Asked only after the signature was checked,
// and yet nothing that comes in may end it: it outlives every call.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Kube } from '../cluster/kube.ts';
import { messageOf } from './failure.ts';
import type { OfferedBase } from './forms.ts';
import type { Log } from './log.ts';
import { listRuns, type PushedTo, parsePush, type Run, whyBuilt } from './push.ts';

export interface InterceptorOptions {
  /** Namespace of the runs. */
  namespace: string;
  bases: readonly OfferedBase[];
  /** Bytes of one call. Default 32 MiB: GitHub sends at most 25 MB. */
  largest?: number;
  /** Bytes of all calls at one time. Default 96 MiB. */
  most?: number;
}

/** The answer in Triggers' words; `code` is one of gRPC's. */
interface Answer {
  continue: boolean;
  extensions?: { because: string };
  status?: { code: number; message: string };
}

const INVALID_ARGUMENT = 3;
const FAILED_PRECONDITION = 9;
const RUNS_KEPT = 1000; // milliseconds

/** A server that is not listening yet. */
export function makeInterceptor(kube: () => Kube, options: InterceptorOptions, log: Log): Server {
  const { largest = 32 << 20, most = 96 << 20 } = options;
  const runs = shortMemory(() => listRuns(kube(), options.namespace));
  let held = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const end = (status: number, body: object) => {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(body));
    };
    if (request.method === 'GET' && request.url === '/ready') return end(200, {});
    if (request.method !== 'POST') return end(405, { message: `${request.method} is not allowed; POST is` });
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        held += chunk.length;
        if (size > largest) return end(413, { message: `a call of more than ${largest} bytes` });
        if (held > most) return end(503, { message: `calls of more than ${most} bytes at one time` });
        chunks.push(chunk);
      }
      end(200, await decide(Buffer.concat(chunks), runs, options.bases, log));
    } finally {
      held -= size;
    }
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      log(`warning: a call can't be answered: ${messageOf(error)}`);
      response.destroy();
    });
  });
  server.requestTimeout = 15_000;
  server.headersTimeout = 5000;
  server.maxConnections = 256;
  return server;
}

async function decide(bytes: Buffer, runs: () => Promise<Run[]>, bases: readonly OfferedBase[], log: Log) {
  let because: string | undefined;
  let to: PushedTo;
  try {
    const { body, interceptor_params: params } = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    to = readParams(params);
    because = await whyBuilt(parsePush(String(body)), to, runs, bases);
  } catch (error) {
    const message =
      error instanceof SyntaxError ? `a call of ${bytes.length} bytes that is not JSON` : messageOf(error);
    log(`refused: ${message}`);
    return { continue: false, status: { code: INVALID_ARGUMENT, message } } satisfies Answer;
  }
  log(`${to.service}: ${because ?? 'not built: the push changes nothing of it'}`);
  if (because) return { continue: true, extensions: { because } } satisfies Answer;
  const message = `the push changes nothing of ${to.service}`;
  return { continue: false, status: { code: FAILED_PRECONDITION, message } } satisfies Answer;
}

function readParams(value: unknown): PushedTo {
  const { service, image, changes } = (value ?? {}) as Record<string, unknown>;
  if (typeof service === 'string' && typeof image === 'string' && typeof changes === 'string') {
    return { service, image, changes };
  }
  throw new Error('a trigger without the parameters service, image and changes');
}

// Every service's trigger asks for the same push at the same moment.
function shortMemory<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: { value: Promise<T>; until: number } | undefined;
  return () => {
    if (!kept || Date.now() >= kept.until) kept = { value: make(), until: Date.now() + RUNS_KEPT };
    return kept.value;
  };
}
