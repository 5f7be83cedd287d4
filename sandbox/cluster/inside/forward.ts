// Joins the machine's loopback to an address inside: the listener was opened outside and inherited.

import { connect, createServer, type Server } from 'node:net';

/** Forwards every connection on the listening descriptor `fd` to `host:port`, bytes untouched. */
export function forward(fd: number, host: string, port: number): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const target = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const close = () => {
      client.destroy();
      target.destroy();
    };
    client.on('error', close);
    target.on('error', close);
    client.pipe(target);
    target.pipe(client);
  });
  return server.listen({ fd });
}
