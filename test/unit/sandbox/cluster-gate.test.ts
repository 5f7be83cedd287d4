// The machine's ports of the cluster: the process that inherits them, before a real listener that is slow to accept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const inside = join(import.meta.dirname, '../../../sandbox/cluster/inside');

/** A port whose queue is full, so that it answers nobody, until it gets the word; then it sends back what comes. */
async function fullPort(t: TestContext): Promise<{ port: number; free: () => void }> {
  const code = `
import socket, sys, threading
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
port = listener.getsockname()[1]
first = socket.create_connection(("127.0.0.1", port))
print(port, flush=True)
sys.stdin.readline()
listener.accept()[0].close()
while True:
    caller = listener.accept()[0]
    caller.sendall(caller.recv(100))
    caller.close()
`;
  const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  return { port: Number(line), free: () => void child.stdin.write('\n') };
}

/** The port of the machine by which a process forwards to `target`, with the options of forward(). */
async function forwarded(t: TestContext, target: number, options: object): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  const code = `import { forward } from '${inside}/forward.ts';
    forward(3, '127.0.0.1', ${target}, ${JSON.stringify(options)}).on('listening', () => console.log('listens'));`;
  const { fd } = (listener as unknown as { _handle: { fd: number } })._handle;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', fd] });
  t.after(() => child.kill());
  await once(child.stdout!, 'data');
  // From here on the process alone accepts.
  listener.close();
  return port;
}

/** What comes back for `text`; what the connection ends by where nothing does. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('utf8').write(text);
  let back = '';
  socket.on('data', more => {
    back += more;
  });
  return Promise.race([
    once(socket, 'close').then(() => back || 'nothing'),
    once(socket, 'error').then(([error]) => (error as Error).message),
  ]);
}

test('a connection that nobody accepts is begun anew until somebody does, and loses no byte', async t => {
  const { port, free } = await fullPort(t);
  const outside = await forwarded(t, port, { patience: 200, tries: 100 });
  const answer = exchange(outside, 'all of it');
  setTimeout(free, 700);
  assert.equal(await answer, 'all of it');
});

test('a connection that nobody accepts in the end is closed, and not kept for the minutes of the system', async t => {
  const { port } = await fullPort(t);
  const outside = await forwarded(t, port, { patience: 100, tries: 3 });
  const began = Date.now();
  assert.match(await exchange(outside, 'x'), /^nothing$|ECONNRESET/);
  assert.ok(Date.now() - began < 30_000);
});
