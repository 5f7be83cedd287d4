// The door: one HTTP port of the machine for every Service of the cluster, told apart by the Host header
// `<service>.<namespace>.localhost`.

import { Resolver } from 'node:dns/promises';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { NETWORK } from '../../config.ts';

export interface Target {
  service: string;
  namespace: string;
}

const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const HOST = new RegExp(`^(?<service>${LABEL})\\.(?<namespace>${LABEL})\\.localhost(?::\\d+)?$`, 'i');

/** The Service that a Host header names, or undefined where it names none. */
export function targetOf(host: string | undefined): Target | undefined {
  const groups = HOST.exec(host ?? '')?.groups;
  return groups && { service: groups.service!.toLowerCase(), namespace: groups.namespace!.toLowerCase() };
}

/** Finds a Service's address; undefined where the cluster knows none of that name. */
export type Lookup = (target: Target) => Promise<string | undefined>;

/** Looks Services up in the cluster's DNS. */
export function clusterDns(server: string = NETWORK.dnsIP): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([server]);
  return async ({ service, namespace }) => {
    try {
      const [address] = await resolver.resolve4(`${service}.${namespace}.svc.${NETWORK.clusterDomain}`);
      return address;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTFOUND' || code === 'ENODATA') return undefined;
      throw new Error(`the cluster's DNS does not answer (${code})`);
    }
  };
}

/** An answer of the door itself: HTTP status and one line. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function find(message: IncomingMessage, lookup: Lookup): Promise<{ address: string; name: string }> {
  const target = targetOf(message.headers.host);
  if (!target) {
    const found = message.headers.host ?? 'none';
    throw new Refusal(404, `Host is ${found}; ask for http://<service>.<namespace>.localhost:<port>/`);
  }
  const name = `Service ${target.service} in namespace ${target.namespace}`;
  const address = await lookup(target).catch((error: Error) => {
    throw new Refusal(502, `${name}: ${error.message}; see npm run kubectl -- -n kube-system get pods`);
  });
  if (!address) throw new Refusal(404, `there is no ${name}; see npm run kubectl -- get services --all-namespaces`);
  return { address, name };
}

function unanswered(name: string, error: Error): Refusal {
  return new Refusal(502, `${name} does not answer on port 80 (${error.message}): no pod of it may be ready`);
}

/** The door's server, not yet listening. */
export function door(lookup: Lookup, port = 80): Server {
  const server = createServer((incoming, response) => {
    serve(incoming, response, lookup, port).catch(error => refuse(response, error));
  });
  server.on('upgrade', (incoming, socket: Duplex, head: Buffer) => {
    upgrade(incoming, socket, head, lookup, port).catch(() => socket.destroy());
  });
  return server;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, lookup: Lookup, port: number): Promise<void> {
  const { address, name } = await find(incoming, lookup);
  const { method, url: path, headers } = incoming;
  await new Promise<void>((resolve, reject) => {
    const outgoing = request({ host: address, port, method, path, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
      answer.on('end', resolve);
    });
    outgoing.on('error', error => reject(unanswered(name, error)));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
}

/** WebSockets and the like: the request's head is repeated, then bytes go both ways. */
async function upgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  lookup: Lookup,
  port: number,
): Promise<void> {
  const { address } = await find(incoming, lookup);
  const target = connect({ host: address, port }, () => {
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
      lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
    }
    target.write(`${lines.join('\r\n')}\r\n\r\n`);
    target.write(head);
    socket.pipe(target).pipe(socket);
  });
  target.on('error', () => socket.destroy());
  socket.on('error', () => target.destroy());
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error instanceof Refusal ? error.status : 500;
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`slipway door: ${(error as Error).message}\n`);
}
