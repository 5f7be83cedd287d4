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
  .command('certificates')
  .description('new certificates for the build daemons, as JSON; the program keeps them in its state')
  .action(async () => {
    const { makeCertificates } = await import('./certificates.ts');
    print(`${JSON.stringify(await makeCertificates())}\n`);
  });

program
  .command('lock-requirements')
  .description("lock the bases' Python packages: exact versions and hashes for both platforms, by uv")
  .argument('[lists...]', 'lists of packages; default: all docker/requirements-*.txt')
  .option('--upgrade', 'the newest versions that the lists allow')
  .option(
    '--torch-index <url>',
    "where Torch's builds without CUDA are; default: what the Dockerfile of the cpu base says",
  )
  .action(async (lists: string[], options: { upgrade?: boolean; torchIndex?: string }) => {
    const { runLockRequirements } = await import('./requirements/run-lock.ts');
    await runLockRequirements(lists, options, line => print(`${line}\n`));
  });

program
  .command('audit')
  .description("which of the bases' Python packages are outdated, and which are known to be vulnerable")
  .argument('[stack]', 'name of a stack, for the lists that it builds with; default: all docker/requirements-*.txt')
  .option('--osv <file>', "known vulnerabilities: a zip archive of OSV's, for example PyPI/all.zip")
  .action(async (stack: string | undefined, options: { osv?: string }) => {
    const { runAudit } = await import('./requirements/run-audit.ts');
    await runAudit(stack, options, line => print(`${line}\n`));
  });

function endpointsOption(): Option {
  const text = 'where registries are reached: name[|alias…]=http(s)://host[:port][,…]';
  return new Option('--endpoints <list>', text).default(process.env.SLIPWAY_ENDPOINTS ?? '');
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

function fail(error: unknown): never {
  console.error(`slipway: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

process.on('unhandledRejection', fail);
try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
