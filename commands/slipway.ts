// What a person (and the program, for what only a command can do) runs: `slipway <verb>`.
import { writeSync } from 'node:fs';
import { Command, Option } from 'commander';

const program = new Command('slipway')
  .description('From a Dockerfile to a healthy rollout, by digest')
  .showHelpAfterError();

program
  .command('render')
  .description("a stack's manifests as YAML on stdout, from its locks; needs no cluster, network or tool chain")
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--locks <dir>', 'folder of the locks, in place of the one that the stack names')
  .action(async (stack: string, { locks }: { locks?: string }) => {
    const { render } = await import('./render.ts');
    const { text, notes } = await render(stack, locks);
    for (const note of notes) console.error(note);
    print(text);
  });

program
  .command('plan')
  .description('what `pulumi up` will declare and what depends on what; needs no cluster, network, tool chain or lock')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .action(async (stack: string) => {
    const { plan } = await import('./plan.ts');
    print(await plan(stack));
  });

program
  .command('verify')
  .description('that a registry has an image as an index of every platform')
  .argument('<reference>', 'registry/repository[:tag][@sha256:…]')
  .option('--platforms <list>', 'platforms that it must have', 'linux/amd64,linux/arm64')
  .addOption(endpointsOption())
  .action(async (reference: string, { platforms, endpoints }: { platforms: string; endpoints: string }) => {
    const { verify } = await import('./verify.ts');
    print(`${JSON.stringify(await verify(reference, platforms, endpoints))}\n`);
  });

program
  .command('rebuild')
  .description('run the pipeline for a service that was built before, and wait for its end; the run comes from stdin')
  .argument('<reference>', 'registry/repository:tag of what was built before')
  .requiredOption('--context <name>', 'context of the kubeconfig')
  .option('--timeout <seconds>', 'how long the run may take', '3000')
  .addOption(endpointsOption())
  .action(async (reference: string, options: { context: string; timeout: string; endpoints: string }) => {
    const { runRebuild } = await import('./run-rebuild.ts');
    print(`${await runRebuild(reference, options)}\n`);
  });

program
  .command('doctor')
  .description(
    'ask everything of a stack that may be wrong; ends with 1 on a fault, with 2 when nothing could be asked',
  )
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--json', 'as data')
  .addOption(configFileOption())
  .action(async (stack: string, options: { json?: boolean; configFile?: string }) => {
    const { runDoctor } = await import('./doctor/run.ts');
    const { text, status } = await runDoctor(stack, options).catch(error => fail(error, 2));
    print(text);
    process.exit(status);
  });

program
  .command('status')
  .description('which digest of each service is wanted, which runs, and which was built last')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--json', 'as data')
  .option('--html <file>', 'also as a page, with the graph of the images')
  .addOption(configFileOption())
  .action(async (stack: string, options: { json?: boolean; html?: string; configFile?: string }) => {
    const { runStatus } = await import('./status/run.ts');
    print(await runStatus(stack, options).catch(error => fail(error, 2)));
    process.exit(0);
  });

program
  .command('certificates')
  .description('new certificates for the build daemons, as JSON; the program keeps them in its state')
  .action(async () => {
    const { makeCertificates } = await import('./certificates.ts');
    print(`${JSON.stringify(await makeCertificates())}\n`);
  });

function endpointsOption(): Option {
  const text = 'where registries are reached: name[|alias…]=http(s)://host[:port][,…]';
  return new Option('--endpoints <list>', text).default(process.env.SLIPWAY_ENDPOINTS ?? '');
}

function configFileOption(): Option {
  return new Option('--config-file <file>', "the stack's configuration, where it is not Pulumi.<stack>.yaml");
}

// All of it, also into a pipe: process.exit would cut off what an asynchronous write has not delivered yet.
function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

function fail(error: unknown, status = 1): never {
  console.error(`slipway: ${error instanceof Error ? error.message : error}`);
  process.exit(status);
}

process.on('unhandledRejection', error => fail(error));
try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
