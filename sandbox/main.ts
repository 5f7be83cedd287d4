// The sandbox's commands: npm start, stop, run reset, run status, run pulumi -- …, run sandbox:slipway -- …, run kubectl -- …
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';
import { parseArgs } from 'node:util';
import { loadConfig } from './config.ts';
import { mergeStackFiles, runOnStack } from './pulumi.ts';
import { stackOfSystem, stacks, takeStack } from './stacks.ts';
import { ensureTools } from './tools/build.ts';

const config = loadConfig(env);
const [command = 'help', ...rest] = argv.slice(2);
const abort = new AbortController();
const systems = stacks.map(({ system }) => system).join(', ');

/** Loaded when asked for: each command pays for its own imports. */
const commands: Record<string, { about: string; run: () => Promise<number> }> = {
  start: {
    about: `build what is missing, start the sandbox, bring a system up on it: --system ${systems}; ${stacks[0]!.system}`,
    run: async () => {
      const { values } = parseArgs({ args: rest, options: { system: { type: 'string' } } });
      const stack = stackOfSystem(values.system ?? stacks[0]!.system);
      const { start } = await import('./start.ts');
      await start(config, stack, abort.signal);
      return 0;
    },
  },
  stop: {
    about: 'end the sandbox; its state is kept',
    run: async () => {
      const { stopSupervisor } = await import('./supervisor.ts');
      await stopSupervisor(config);
      return 0;
    },
  },
  reset: {
    about: 'end the sandbox and forget its state; the tools that were built are kept',
    run: async () => {
      const { reset } = await import('./reset.ts');
      await reset(config);
      return 0;
    },
  },
  status: {
    about: 'what runs',
    run: async () => {
      const [{ clusterReady }, { showServices }] = await Promise.all([
        import('./cluster/cluster.ts'),
        import('./services.ts'),
      ]);
      const ready = await clusterReady(config);
      if (ready !== true) throw new Error(`the sandbox can't be asked: ${ready}`);
      await showServices(config, await ensureTools({ cache: config.cache }));
      return 0;
    },
  },
  pulumi: {
    about: 'pulumi on a stack, local unless --stack names another: npm run pulumi -- preview',
    run: async () => {
      const { stack, args } = takeStack(rest);
      await mergeStackFiles(config, stack);
      const say = (line: string) => console.error(`slipway: ${line}`);
      return runOnStack(config, await ensureTools({ cache: config.cache }), stack.name, args, { say });
    },
  },
  slipway: {
    about: "slipway's own commands on the sandbox's stacks: npm run sandbox:slipway -- doctor local",
    run: async () => {
      await mergeStackFiles(config);
      const { runSlipway } = await import('./slipway.ts');
      return runSlipway(config, await ensureTools({ cache: config.cache }), rest);
    },
  },
  kubectl: {
    about: 'kubectl on the sandbox: npm run kubectl -- get pods --all-namespaces',
    run: async () => {
      const tools = await ensureTools({ cache: config.cache });
      const child = spawn(tools.path('kubectl'), ['--kubeconfig', join(config.home, 'kubeconfig'), ...rest], {
        stdio: 'inherit',
      });
      return new Promise(resolve => child.on('close', code => resolve(code ?? 1)));
    },
  },
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!abort.signal.aborted) console.error('slipway: putting things away; this takes a few seconds');
    abort.abort(new Error(signal));
  });
}

const chosen = commands[command];
if (!chosen) {
  const lines = Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`);
  console.error([`slipway sandbox: "${command}" is not a command; there is`, ...lines].join('\n'));
  exit(2);
}
try {
  exit(await chosen.run());
} catch (error) {
  console.error(`slipway: ${error instanceof Error ? error.message : error}`);
  exit(abort.signal.aborted ? 130 : 1);
}
