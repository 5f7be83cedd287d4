// Joins the machine's loopback to an address inside: the listener was opened outside and inherited.

import { connect, createServer, type Server, type Socket } from 'node:net';

export interface ForwardOptions {
  /** Milliseconds after which a connection that nobody has accepted or refused is begun anew; 1000. */
  patience?: number;
  /** How often it is begun; 10. */
  tries?: number;
}

/**
 * Forwards every connection on the listening descriptor `fd` to `host:port`, bytes untouched.
 *
 * A connection that is begun while a Service's only pod goes has the way to that pod, and keeps it: the kernel would ask for
 * two minutes where nobody is any more. One that is begun anew takes the way to the new pod.
 */
export function forward(fd: number, host: string, port: number, options: ForwardOptions = {}): Server {
  const { patience = 1000, tries = 10 } = options;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    let target: Socket;
    const close = () => {
      client.destroy();
      target.destroy();
    };
    const begin = (left: number) => {
      target = connect({ host, port, allowHalfOpen: true, noDelay: true });
      const again = setTimeout(() => {
        target.destroy();
        if (left > 1) begin(left - 1);
        else close();
      }, patience);
      target.on('close', () => clearTimeout(again));
      target.on('error', close);
      target.on('connect', () => {
        clearTimeout(again);
        client.pipe(target);
        target.pipe(client);
      });
    };
    begin(tries);
    client.on('error', close);
    // One that goes before it was joined to anything.
    client.on('close', () => target.connecting && target.destroy());
  });
  return server.listen({ fd });
}
