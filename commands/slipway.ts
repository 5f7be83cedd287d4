// What a person (and the program, for what only a command can do) runs: `slipway <verb>`.
import { writeSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { OfflineCommand } from './offline.ts';
import type { PreviewOptions } from './preview/preview.ts';
import type { PruneCommand } from './prune/run.ts';
import type { AuditCommand } from './requirements/run-audit.ts';
import type { runBuild } from './run-build.ts';
import type { LockCommand } from './run-locks.ts';

const program = new Command('slipway')
  .description('From a Dockerfile to a healthy rollout, by digest')
  .showHelpAfterError();

program
  .command('render')
  .description("a stack's manifests as YAML on stdout, from its locks; needs no cluster, network or tool chain")
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--locks <dir>', 'folder of the locks, in place of the one that the stack names')
  .addOption(stacksOption())
  .action(async (stack: string, options: OfflineCommand) => {
    const { render } = await import('./render.ts');
    const { text, notes } = await render(stack, options);
    for (const note of notes) console.error(note);
    print(text);
  });

program
  .command('plan')
  .description('what `pulumi up` will declare and what depends on what; needs no cluster, network, tool chain or lock')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .addOption(stacksOption())
  .action(async (stack: string, options: Pick<OfflineCommand, 'stacks'>) => {
    const { plan } = await import('./plan.ts');
    print(await plan(stack, options));
  });

program
  .command('policy')
  .description('whether all that the program declares keeps the rules of docs/policy.md; needs what a render needs')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--locks <dir>', 'folder of the locks, in place of the one that the stack names')
  .addOption(stacksOption())
  .action(async (stack: string, options: OfflineCommand) => {
    const { policy } = await import('./policy.ts');
    const { text, notes } = await policy(stack, options);
    for (const note of notes) console.error(note);
    print(text);
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
  .addOption(stacksOption())
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
  .option('--among <list>', 'the stacks that count, in the order in which they are given')
  .action(async (base: string | undefined, { among }: { among?: string }) => {
    const { touched } = await import('./touched.ts');
    print(`${JSON.stringify(await touched(base, among?.split(',')))}\n`);
  });

program
  .command('comment')
  .description("write what previews say into a pull request's one comment; repository and token by the environment")
  .argument('[report...]', 'files that `slipway preview --json` wrote')
  .requiredOption('--pull <number>', 'number of the pull request')
  .requiredOption('--head <commit>', 'commit that was previewed')
  .requiredOption('--touched <json>', 'the stacks that the change touches, as `slipway touched` prints them')
  .action(async (reports: string[], { pull, head, touched }: { pull: string; head: string; touched: string }) => {
    const [{ githubOf }, { comment }] = await Promise.all([
      import('./github/client.ts'),
      import('./github/comment.ts'),
    ]);
    const options = { reports, head, stacks: JSON.parse(touched) as string[] };
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
  .command('build')
  .description('run the pipeline for services, all of the stack where none is named, and follow the runs to their ends')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .argument('[service...]', 'services of the stack')
  .option('--commit <hash>', 'what to build, by its 40 digits; default: the head of the branch')
  .option('--branch <name>', "branch to build from, in place of the stack's; it gets a tag of its own name")
  .addOption(stacksOption())
  .option('--no-follow', 'only start the runs')
  .action(async (stack: string, services: string[], options: Omit<BuildOptions, 'services'>) => {
    const { runBuild } = await import('./run-build.ts');
    process.exitCode = await runBuild(stack, { ...options, services }, process.stdout);
  });

program
  .command('doctor')
  .description(
    'ask everything of a stack that may be wrong; ends with 1 on a fault, with 2 when nothing could be asked',
  )
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--json', 'as data')
  .addOption(stacksOption())
  .action(async (stack: string, options: { json?: boolean; stacks?: string }) => {
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
  .addOption(stacksOption())
  .action(async (stack: string, options: { json?: boolean; html?: string; stacks?: string }) => {
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

lockCommand('pin', "writes the stack's lock from what runs: digests, platforms, commits, when and by whom")
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .argument('[service...]', "services to pin; without: all, and the stack's own images")
  .addOption(byOption())
  .action(async (stack: string, services: string[], options: LockCommand) => {
    const { runPin } = await import('./run-locks.ts');
    print(await runPin(stack, services, options));
  });

lockCommand(
  'promote',
  "copies what one stack runs to another's registry by digest, checks it there, then writes that lock",
)
  .requiredOption('--from <stack>', 'stack whose images are copied')
  .requiredOption('--to <stack>', 'stack whose registry takes them and whose lock is written')
  .argument('[service...]', 'services to promote; without: all that both stacks run')
  .addOption(byOption())
  .action(async (services: string[], options: LockCommand & { from: string; to: string }) => {
    const { runPromote } = await import('./run-locks.ts');
    print(await runPromote(services, options));
  });

lockCommand('rollback', 'writes the lock before this one, from the git history of the lock')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .argument('[service...]', 'services to take back; without: all')
  .action(async (stack: string, services: string[], options: LockCommand) => {
    const { runRollback } = await import('./run-locks.ts');
    print(await runRollback(stack, services, options));
  });

program
  .command('prune')
  .description("the builds of a stack's services, with what needs each; those that nothing needs can be removed")
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--delete', 'remove from the registry what nothing needs')
  .addOption(stacksOption())
  .action(async (stack: string, options: PruneCommand) => {
    const { runPrune } = await import('./prune/run.ts');
    await runPrune(stack, options, line => print(`${line}\n`));
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
  .addOption(stacksOption())
  .action(async (stack: string | undefined, options: AuditCommand) => {
    const { runAudit } = await import('./requirements/run-audit.ts');
    await runAudit(stack, options, line => print(`${line}\n`));
  });

function lockCommand(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--dry-run', 'show what would change, and change nothing')
    .addOption(stacksOption());
}

function byOption(): Option {
  return new Option('--by <name>', "who or what pins, for the lock; default: git's user");
}
type BuildOptions = Parameters<typeof runBuild>[1];

function endpointsOption(): Option {
  const text = 'where registries are reached: name[|alias…]=http(s)://host[:port][,…]';
  return new Option('--endpoints <list>', text).default(process.env.SLIPWAY_ENDPOINTS ?? '');
}

function stacksOption(): Option {
  return new Option('--stacks <dir>', 'folder of the stack files, in place of the checkout');
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
