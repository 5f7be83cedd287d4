// A door to a server of this machine through which each answer comes later, as from a registry that is further away.
import net from 'node:net';

export interface Door {
  port: number;
  stop(): void;
}

/** Leads to `port` of loopback; what the server sends waits `milliseconds`, what clients send does not. */
export async function openDoor(port: number, milliseconds: number): Promise<Door> {
  const open = new Set<net.Socket>();
  const door = net.createServer({ noDelay: true }, client => {
    const server = net.connect({ host: '127.0.0.1', port, noDelay: true });
    // Timers of one length end in the order in which they began.
    const later = (act: () => void) => setTimeout(act, milliseconds);
    client.pipe(server);
    server.on('data', bytes => later(() => client.writable && client.write(bytes)));
    server.on('end', () => later(() => client.end()));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => open.delete(socket));
    }
  });
  await new Promise<void>(resolve => door.listen(0, '127.0.0.1', resolve));
  return {
    port: (door.address() as net.AddressInfo).port,
    stop: () => {
      door.close();
      for (const socket of open) socket.destroy();
    },
  };
}
