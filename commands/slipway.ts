// What a person (and the program, for what only a command can do) runs: `slipway <verb>`.
import { writeSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { PreviewOptions } from './preview/preview.ts';

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
  .command('preview')
  .description('what `pulumi up` would change: services that roll, images that are rebuilt and why, all else folded')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--markdown', "as Markdown, for a pull request's comment")
  .option('--json <file>', 'write the report as JSON, too')
  .option('--sources <dir>', "checkout of the services' repository, to name the commits between")
  .option('--expect <file>', 'fail unless all that rolls or is rebuilt is in this Markdown of reviewed previews')
  .option('--expect-no-changes', 'fail where anything changes')
  .option('--config-file <file>', 'stack file, in place of Pulumi.<stack>.yaml')
  .option('--events <file>', "the engine's events of a preview that has run already, in place of a run")
  .action(async (stack: string, options: PreviewOptions) => {
    const { preview } = await import('./preview/preview.ts');
    const { text, failures } = await preview(stack, options);
    print(text);
    if (failures.length > 0) throw new Error(failures.join('\n'));
  });

program
  .command('touched')
  .description('the stacks that a change can touch, as a JSON list')
  .argument('[base]', 'commit or branch that the change is against; without it, all stacks')
  .option('--stacks <list>', 'the stacks that count, in the order in which they are given')
  .action(async (base: string | undefined, { stacks }: { stacks?: string }) => {
    const { touched } = await import('./touched.ts');
    print(`${JSON.stringify(await touched(base, stacks?.split(',')))}\n`);
  });

program
  .command('comment')
  .description("write what previews say into a pull request's one comment; repository and token by the environment")
  .argument('[report...]', 'files that `slipway preview --json` wrote')
  .requiredOption('--pull <number>', 'number of the pull request')
  .requiredOption('--head <commit>', 'commit that was previewed')
  .requiredOption('--stacks <json>', 'the stacks that the change touches, as `slipway touched` prints them')
  .action(async (reports: string[], { pull, head, stacks }: { pull: string; head: string; stacks: string }) => {
    const [{ githubOf }, { comment }] = await Promise.all([
      import('./github/client.ts'),
      import('./github/comment.ts'),
    ]);
    const options = { reports, head, stacks: JSON.parse(stacks) as string[] };
    print(`${await comment(githubOf(process.env), Number(pull), options)}\n`);
  });

program
  .command('reviewed')
  .description(
    'the comments of the pull requests that were merged and not deployed yet; for `slipway preview --expect`',
  )
  .argument('<stack>', 'name of the stack, and of the environment that its deployments are to')
  .requiredOption('--since <commit>', 'where they begin if nothing was ever deployed')
  .action(async (stack: string, { since }: { since: string }) => {
    const [{ githubOf }, { reviewed }] = await Promise.all([
      import('./github/client.ts'),
      import('./github/reviewed.ts'),
    ]);
    const { text, notes } = await reviewed(githubOf(process.env), stack, since);
    for (const note of notes) console.error(note);
    print(`${text}\n`);
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
