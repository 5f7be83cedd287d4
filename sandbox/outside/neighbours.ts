// What CyberMesh's workloads look for at their start, in the place of Redis, Kafka and CockroachDB: each accepts
// connections, and no more is said of it. Redis answers PING, as its clients ask it before anything else.
// Arguments: `<name>=<host>:<port>`.
import { createServer, type Socket } from 'node:net';

/** An inline PING, or one as clients write it. */
const ping = /^(?:PING|\*1\r\n\$4\r\nPING)\r\n$/i;

/** How a name answers what is sent to it; the others take it and are silent. */
const answers: Record<string, (socket: Socket, text: string) => void> = {
  redis: (socket, text) =>
    socket.write(ping.test(text) ? '+PONG\r\n' : '-ERR this is a stand-in: it knows PING alone\r\n'),
};

for (const argument of process.argv.slice(2)) {
  const [, name = '', host = '', port = ''] = /^(\w+)=(.+):(\d+)$/.exec(argument) ?? [];
  const server = createServer(socket => {
    socket.on('data', data => answers[name]?.(socket, data.toString('latin1')));
    socket.on('error', () => socket.destroy());
  });
  server.listen({ host, port: Number(port) }, () => console.log(`${name} accepts on ${host}:${port}`));
}
