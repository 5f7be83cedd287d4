// Pulumi for the sandbox's stacks: the environment it runs in and the machine's own copies of the stack files.
//
// The committed Pulumi.<stack>.yaml says what a stack is. What belongs to this machine (secrets, their salt, the
// cluster's identity, ports) may not be committed, so it lives in a copy in $SLIPWAY_HOME that is merged from the
// committed file before every run and handed over by --config-file. All copies lie in one folder. The user's own Pulumi login is never touched.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkout } from './checkout.ts';
import type { SandboxConfig } from './config.ts';
import { breakStaleLocks, type Deployment, endOrphans, withoutMadeGood } from './pulumi-leftovers.ts';
import { type Stack, stacks, startOf } from './stacks.ts';
import { writeWhole } from './supervisor/record.ts';
import type { Tools } from './tools/build.ts';

const project = 'slipway';

interface StackFile {
  encryptionsalt?: string;
  config?: Record<string, unknown>;
}

const paths = (config: SandboxConfig) => {
  const folder = join(config.home, 'pulumi');
  return {
    folder,
    home: join(folder, 'home'),
    backend: join(folder, 'backend'),
    passphrase: join(folder, 'passphrase'),
  };
};

/** `stack`: its name. */
const stackPaths = (config: SandboxConfig, stack: string) => {
  const { folder, backend } = paths(config);
  return {
    /** The stack's state, where the file:// backend keeps it. */
    state: join(backend, '.pulumi', 'stacks', project, `${stack}.json`),
    stackFile: join(folder, `Pulumi.${stack}.yaml`),
    /** The machine's plain values, for runs that come after the start that knew them. */
    values: join(folder, `machine-values.${stack}.json`),
  };
};

/** The environment in which pulumi, its plugins, the program and the commands it starts find this sandbox. */
export function pulumiEnv(config: SandboxConfig, tools: Tools): NodeJS.ProcessEnv {
  const at = paths(config);
  const bundle = join(config.home, 'pki', 'bundle.crt');
  return {
    ...process.env,
    PATH: [...tools.folders, join(checkout, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    PULUMI_HOME: at.home,
    PULUMI_BACKEND_URL: `file://${at.backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: at.passphrase,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // The defaults (5 requests a second) were made for a cluster that many share.
    PULUMI_K8S_CLIENT_QPS: '100',
    PULUMI_K8S_CLIENT_BURST: '200',
    KUBECONFIG: join(config.home, 'kubeconfig'),
    DOCKER_CONFIG: join(config.home, 'docker'),
    SSL_CERT_FILE: bundle,
    NODE_EXTRA_CA_CERTS: bundle,
    NODE_COMPILE_CACHE: join(config.cache, 'node-compile'),
  };
}

/** Runs pulumi in `cwd` and gives its exit status; output goes to `onLine`, or to the terminal where there is none. */
export function runPulumi(
  config: SandboxConfig,
  tools: Tools,
  args: string[],
  options: { cwd?: string; input?: string; onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<number> {
  const { cwd = checkout, input, onLine, signal } = options;
  return new Promise((resolve, reject) => {
    // With its output piped it has a process group of its own: a terminal's Ctrl-C reaches it once, by the line below. A
    // second one would make it leave operations pending. Its end with ours is the kernel's affair.
    const command = ['setpriv', '--pdeathsig', 'INT', '--', tools.path('pulumi'), ...args];
    const [program = '', ...rest] = onLine ? command : command.slice(4);
    const child = spawn(program, rest, {
      cwd,
      detached: onLine !== undefined,
      env: pulumiEnv(config, tools),
      stdio: [
        input === undefined ? (onLine ? 'ignore' : 'inherit') : 'pipe',
        onLine ? 'pipe' : 'inherit',
        onLine ? 'pipe' : 'inherit',
      ],
    });
    // SIGINT lets the engine finish what it is doing and write its state; a kill would leave pending operations.
    signal?.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
    if (input !== undefined) child.stdin?.end(input);
    for (const stream of onLine ? [child.stdout, child.stderr] : []) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine?.(line);
      });
      stream?.on('end', () => rest && onLine?.(rest));
    }
    child.on('error', reject);
    child.on('close', code => resolve(code ?? 1));
  });
}

/**
 * Runs a verb on the stack. One that changes it also puts away what a Pulumi that was killed has left: before it, locks
 * that nobody holds and plugins without an engine; after an `up`, pending creations that it has made good. `say` gets a
 * line for each.
 */
export async function runOnStack(
  config: SandboxConfig,
  tools: Tools,
  stack: string,
  args: string[],
  options: { onLine?: (line: string) => void; signal?: AbortSignal; say: (line: string) => void },
): Promise<number> {
  const { backend, home } = paths(config);
  const { say, ...streams } = options;
  const [verb = ''] = args;
  if (writers.includes(verb)) for (const line of [...endOrphans(home), ...breakStaleLocks(backend)]) say(line);
  const status = await runPulumi(config, tools, [...args, ...stackArgs(config, stack, verb)], streams);
  if (status === 0 && verb === 'up') for (const line of await dropMadeGood(config, tools, stack)) say(line);
  return status;
}

/** Pulumi keeps a pending creation until a person says what became of it; here an `up` has just seen to it. */
async function dropMadeGood(config: SandboxConfig, tools: Tools, stack: string): Promise<string[]> {
  const { folder } = paths(config);
  const state = JSON.parse(await readFile(stackPaths(config, stack).state, 'utf8')) as {
    checkpoint?: { latest?: Deployment };
  };
  if (!state.checkpoint?.latest?.pending_operations?.length) return [];
  const exported = JSON.parse(await quiet(config, tools, ['stack', 'export', '--stack', stack], folder));
  const rest = withoutMadeGood(exported.deployment as Deployment);
  if (!rest) return [];
  const input = JSON.stringify({ ...exported, deployment: rest.deployment });
  await quiet(config, tools, ['stack', 'import', '--stack', stack], folder, input);
  return rest.madeGood.map(
    urn => `the creation of ${urn.split('::').at(-1)}, which a killed pulumi had begun, is done`,
  );
}

/** Where the machine's copies of the stack files lie. */
export const stackFolder = (config: SandboxConfig): string => paths(config).folder;

/** Verbs that take the stack's lock. */
const writers = ['up', 'destroy', 'refresh', 'import'];

/** Verbs that read the stack file; the others refuse the flag that names it. */
const readers = ['up', 'preview', 'destroy', 'refresh', 'config', 'import', 'watch', 'logs'];

/** The arguments by which a pulumi verb addresses the stack and the machine's copy of its file. */
export const stackArgs = (config: SandboxConfig, stack: string, verb: string): string[] => [
  '--stack',
  stack,
  ...(readers.includes(verb) ? ['--config-file', stackPaths(config, stack).stackFile] : []),
];

/**
 * Makes the stack where there is none and stores the machine's secrets, by path in the stack file, that are not there
 * yet: sent to Pulumi over stdin, kept encrypted. The cluster need not run.
 */
export async function prepareStack(
  config: SandboxConfig,
  tools: Tools,
  stack: string,
  secrets: Record<string, string>,
): Promise<void> {
  const at = { ...paths(config), ...stackPaths(config, stack) };
  await mkdir(at.backend, { recursive: true });
  if (!existsSync(at.passphrase)) writeWhole(at.passphrase, randomBytes(24).toString('base64url'), 0o600);
  // A project folder of its own: `stack init` and `config set` write the stack file beside Pulumi.yaml.
  await copyFile(join(checkout, 'Pulumi.yaml'), join(at.folder, 'Pulumi.yaml'));
  if (!existsSync(at.stackFile)) {
    await forgetEmptyStack(at.state);
    await quiet(config, tools, ['stack', 'init', stack], at.folder);
  }
  for (const [key, secret] of Object.entries(secrets)) {
    const known = (await readStackFile(at.stackFile)).config ?? {};
    if (secretAt(known, key)) continue;
    await quiet(config, tools, ['config', 'set', '--stack', stack, '--secret', '--path', key], at.folder, secret);
  }
}

/** Brings the machine's copy of the stack file up to date: the committed keys, and `values` by key over them. */
export async function writeStackFile(
  config: SandboxConfig,
  stack: string,
  values: Record<string, unknown>,
): Promise<void> {
  writeWhole(stackPaths(config, stack).values, JSON.stringify(values, null, 2));
  await mergeStackFile(config, stack);
}

/** A start that was killed between the two has left a stack without its file; as long as it is empty nothing is lost. */
async function forgetEmptyStack(state: string): Promise<void> {
  if (!existsSync(state)) return;
  const { checkpoint } = JSON.parse(await readFile(state, 'utf8')) as { checkpoint?: { latest?: Deployment } };
  if (!checkpoint?.latest?.resources?.length) await rm(state);
}

/**
 * Brings every copy of a stack file up to date, of the stacks that were started on this sandbox.
 * @throws Error with the command to run where `wanted` is none of them; without `wanted`, where there is none at all.
 */
export async function mergeStackFiles(config: SandboxConfig, wanted?: Stack): Promise<void> {
  const made = stacks.filter(({ name }) => existsSync(stackPaths(config, name).values));
  const missing = wanted ?? stacks[0]!;
  if (wanted ? !made.includes(wanted) : made.length === 0) {
    throw new Error(`${config.home} has no stack ${missing.name} yet; run: ${startOf(missing)}`);
  }
  for (const { name } of made) await mergeStackFile(config, name);
}

/** The committed keys and the machine's plain values over what the copy holds; its secrets stay. */
async function mergeStackFile(config: SandboxConfig, stack: string): Promise<void> {
  const at = stackPaths(config, stack);
  const plain = JSON.parse(await readFile(at.values, 'utf8')) as Record<string, unknown>;
  const copy = await readStackFile(at.stackFile);
  const committed = await readStackFile(join(checkout, `Pulumi.${stack}.yaml`));
  const secrets = Object.entries(copy.config ?? {}).filter(([, value]) => holdsSecret(value));
  const merged = mergeValue({ ...committed.config, ...Object.fromEntries(secrets) }, plain);
  writeWhole(at.stackFile, stringify({ encryptionsalt: copy.encryptionsalt, config: merged }), 0o600);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null takes a key away. */
function mergeValue(under: unknown, over: unknown): unknown {
  if (!isObject(over)) return over;
  const merged: Record<string, unknown> = isObject(under) ? { ...under } : {};
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = mergeValue(merged[key], value);
  }
  return merged;
}

const holdsSecret = (value: unknown): boolean =>
  isObject(value) && ('secure' in value || Object.values(value).some(holdsSecret));

/** `path` as pulumi's --path takes it: `slipway:key.key` or, where a key has a dot, `slipway:key["key.crt"]`. */
export function secretAt(config: Record<string, unknown>, path: string): boolean {
  const [first = '', ...rest] = [...path.matchAll(/\["([^"]+)"\]|[^.[\]]+/g)].map(([plain, quoted]) => quoted ?? plain);
  let value = config[first];
  for (const key of rest) value = isObject(value) ? value[key] : undefined;
  return isObject(value) && 'secure' in value;
}

async function readStackFile(file: string): Promise<StackFile> {
  return existsSync(file) ? ((parse(await readFile(file, 'utf8')) ?? {}) as StackFile) : {};
}

/** Gives what pulumi wrote. */
async function quiet(
  config: SandboxConfig,
  tools: Tools,
  args: string[],
  cwd: string,
  input?: string,
): Promise<string> {
  const lines: string[] = [];
  const status = await runPulumi(config, tools, args, { cwd, input, onLine: line => lines.push(line) });
  if (status !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(' ')} failed: ${lines.slice(-5).join(' ').trim()}`);
  return lines.join('\n');
}
