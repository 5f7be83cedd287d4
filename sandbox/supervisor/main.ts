// The supervisor's process: the one parent of everything in the sandbox. It opens the listeners on 127.0.0.1, starts
// the namespaces and the processes beside them, and takes all of them with it when it ends, however it ends.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import { Child } from './children.ts';
import { childrenOf, identify } from './identity.ts';
import type { ListenerSpec, SupervisorAnswer, SupervisorPlan } from './plan.ts';
import { removeRecord, writeRecord } from './record.ts';

/** The kernel ends a process so started when its parent ends, even by SIGKILL. */
const WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL', '--'];
const OWN_NAMESPACES = ['unshare', '--net', '--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];

const plan = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SupervisorPlan;
let namespace: ChildProcess | undefined;
let children: Child[] = [];
let ending = false;

function log(text: string): void {
  console.log(`${new Date().toISOString()} ${text}`);
}

function answer(message: SupervisorAnswer): Promise<void> {
  return new Promise(resolve => {
    if (!process.send || !process.connected) return resolve();
    process.send(message, () => {
      if (process.connected) process.disconnect();
      resolve();
    });
  });
}

function listen({ name, port }: ListenerSpec): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' ? 'is taken by another process' : `can't be opened (${error.message})`;
      reject(new Error(`port 127.0.0.1:${port} (${name}) ${taken}; free it, or set ports.${name} in config.json`));
    });
    server.listen({ port, host: '127.0.0.1', backlog: 511 }, () => resolve(server));
  });
}

/** Node has no public way to hand a listening socket to a process that is not Node's own. */
function descriptorOf(server: Server): number {
  return (server as unknown as { _handle: { fd: number } })._handle.fd;
}

async function startNamespace(): Promise<ChildProcess> {
  const servers: Server[] = [];
  try {
    for (const listener of plan.listeners) servers.push(await listen(listener));
    mkdirSync(dirname(plan.namespace.log), { recursive: true });
    const output = openSync(plan.namespace.log, 'a');
    const [program, ...args] = [...WITH_PARENT, ...OWN_NAMESPACES, '--', ...plan.namespace.argv];
    return spawn(program!, args, {
      stdio: ['ignore', output, output, ...servers.map(descriptorOf)],
      env: plan.namespace.env,
    });
  } finally {
    // From here on only the namespace's processes may accept connections.
    for (const server of servers) server.close();
  }
}

/** Ends the first process of the pid namespace; its parent's end then says that all others have ended as well. */
function killNamespace(): Promise<void> {
  const running = namespace;
  if (!running?.pid || running.exitCode !== null || running.signalCode !== null) return Promise.resolve();
  const gone = new Promise<void>(resolve => running.once('exit', () => resolve()));
  const [first] = childrenOf(running.pid);
  process.kill(first ?? running.pid, 'SIGKILL');
  return gone;
}

async function end(reason: string, status: number): Promise<void> {
  if (ending) return;
  ending = true;
  log(`ending: ${reason}`);
  await Promise.all([killNamespace(), ...children.map(child => child.stop(800))]);
  await cleanCgroups();
  removeRecord(plan.record);
  log('ended');
  process.exit(status);
}

/** A cgroup is busy for a moment after its last process has gone. */
async function cleanCgroups(): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (removeCgroups(plan.cgroup).length === 0) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  log(`cgroups left: ${removeCgroups(plan.cgroup).join(', ')}`);
}

async function main(): Promise<void> {
  removeCgroups(plan.cgroup);
  makeCgroups(plan.cgroup);
  namespace = await startNamespace();
  namespace.on('error', error => void end(`the namespaces could not be started: ${error.message}`, 1));
  namespace.on('exit', (code, signal) => void end(`the namespaces' first process ended (${signal ?? code})`, 1));
  children = plan.children.map(
    spec => new Child({ ...spec, argv: [...WITH_PARENT, ...spec.argv] }, state => log(JSON.stringify(state))),
  );
  for (const child of children) child.start();
  const self = identify(process.pid);
  if (!self) throw new Error('/proc is not mounted: a process can not be told from a later one with its pid');
  writeRecord(plan.record, { ...self, since: new Date().toISOString() });
  log(`supervisor ${process.pid} started`);
  await answer({ ready: true });
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(signal, 0));
process.on('disconnect', () => {});
main().catch(async (error: Error) => {
  log(`failed: ${error.stack}`);
  await answer({ error: error.message });
  await end(error.message, 1);
});
