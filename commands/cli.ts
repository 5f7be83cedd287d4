// What a person (and the program, for what only a command can do) runs: `slipway <verb>`.
import { writeSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { ImagesCommand } from './build-images/request.ts';
import type { runBuild } from './builds/run.ts';
import type { CopyCommand } from './copy.ts';
import type { DoctorCommand } from './doctor/run.ts';
import type { LockCommand } from './locks/run.ts';
import type { OfflineCommand } from './offline/offline.ts';
import type { PreviewOptions } from './preview/preview.ts';
import type { PruneCommand } from './prune/run.ts';
import type { AuditCommand } from './requirements/run-audit.ts';
import type { RolledOutOptions } from './rollouts/rolled-out.ts';
import type { ScanCommand } from './scan/run.ts';

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
    const { render } = await import('./offline/render.ts');
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
    const { plan } = await import('./offline/plan.ts');
    print(await plan(stack, options));
  });

program
  .command('policy')
  .description('whether all that the program declares keeps the rules of docs/policy.md; needs what a render needs')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--locks <dir>', 'folder of the locks, in place of the one that the stack names')
  .addOption(stacksOption())
  .action(async (stack: string, options: OfflineCommand) => {
    const { policy } = await import('./offline/policy.ts');
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
  .command('copy')
  .description('copy an image to another registry: all platforms and what is attached, by digest, the tag last')
  .argument('<source>', 'registry/repository[:tag][@sha256:…]')
  .argument('<target>', "registry/repository[:tag]; without a tag it gets the source's")
  .option('--immutable', 'refuse to move a tag of the target that is another image')
  .option('--unscanned', 'without the scan that the stacks ask for whose registry the target is')
  .addOption(stacksOption())
  .addOption(endpointsOption())
  .action(async (source: string, target: string, options: CopyCommand) => {
    const { runCopy } = await import('./copy.ts');
    print(`${await runCopy(source, target, options, line => console.error(line))}\n`);
  });

program
  .command('rebuild')
  .description('run the pipeline for a service that was built before, and wait for its end; the run comes from stdin')
  .argument('<reference>', 'registry/repository:tag of what was built before')
  .requiredOption('--context <name>', 'context of the kubeconfig')
  .option('--timeout <seconds>', 'how long the run may take', '3000')
  .addOption(endpointsOption())
  .action(async (reference: string, options: { context: string; timeout: string; endpoints: string }) => {
    const { runRebuild } = await import('./builds/run-rebuild.ts');
    print(`${await runRebuild(reference, options)}\n`);
  });

program
  .command('rolled-out')
  .description('wait until the pods of a workload serve; take it back to what ran before, and fail, where they do not')
  .argument('<kind>', 'Deployment or StatefulSet')
  .argument('<name>', 'its name')
  .requiredOption('--namespace <name>', 'its namespace')
  .requiredOption('--context <name>', 'context of the kubeconfig')
  .option('--timeout <seconds>', 'how long it may take, and as long again to go back', '120')
  .action(async (kind: string, name: string, options: RolledOutOptions) => {
    const { runRolledOut } = await import('./rollouts/rolled-out.ts');
    print(`${await runRolledOut(kind, name, options)}\n`);
  });

program
  .command('build')
  .description(
    'run the pipeline for services of a stack, all where none is named, and follow the runs to their ends; or, with ' +
      '--system, build and push the images of a system from this machine',
  )
  .argument('[stack]', 'name of the stack, as in Pulumi.<stack>.yaml; not with --system')
  .argument('[service...]', 'services of the stack, or of the system')
  .option('--commit <hash>', 'what to build, by its 40 digits; default: the head of the branch')
  .option('--branch <name>', "branch to build from, in place of the stack's; it gets a tag of its own name")
  .addOption(stacksOption())
  .option('--no-follow', 'only start the runs')
  .optionsGroup('From this machine:')
  .option('--system <name>', 'the system whose services are built')
  .option('--registry <name>', "where to push; default: the variable that the system names, then the system's own")
  .option('--tag <tag>', "the tag, written last; default: the system's")
  .option('--immutable', 'refuse to move a tag; so it is anyway where the registry is not on this machine')
  .option('--unscanned', 'push to a shared registry without the scan that its stack asks for')
  .option('--builder <name>', "BuildKit, by buildx's name for it; default: $BUILDX_BUILDER, then $BUILDKIT_HOST")
  .option('--source <dir>', "the repository of the services, in place of this checkout's")
  .option('--lock <file>', 'a lock that pins the images that the Dockerfiles build on')
  .option('--mirror <host>', 'host and port that serve those images, in place of their own registries')
  .option('--secret <id=…,src=…>', 'a file that Dockerfiles may mount; may be repeated', several)
  .addOption(endpointsOption())
  .action(async (stack: string | undefined, services: string[], options: BuildOptions, command: Command) => {
    const { formOf } = await import('./builds/form.ts');
    const given = command.options.map(option => option.attributeName());
    const form = formOf(
      stack === undefined ? services : [stack, ...services],
      options.system,
      given.filter(name => command.getOptionValueSource(name) === 'cli'),
    );
    if ('stack' in form) {
      const { runBuild } = await import('./builds/run.ts');
      process.exitCode = await runBuild(form.stack, { ...options, services: form.services }, process.stdout);
    } else {
      const { runImages } = await import('./build-images/run.ts');
      process.exitCode = await runImages(form.services, { ...options, system: form.system }, process.stdout);
    }
  });

program
  .command('doctor')
  .description(
    'ask everything of a stack that may be wrong; ends with 1 on a fault, with 2 when nothing could be asked',
  )
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--try', 'also begin a push to each repository, and a pull by a pod for each service; both are taken back')
  .option('--json', 'as data')
  .addOption(stacksOption())
  .action(async (stack: string, options: DoctorCommand) => {
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
    const { runPin } = await import('./locks/run.ts');
    print(await runPin(stack, services, options));
  });

lockCommand(
  'promote',
  "copies what one stack runs to another's registry by digest, checks it there, then writes that lock",
)
  .requiredOption('--from <stack>', 'stack whose images are copied')
  .requiredOption('--to <stack>', 'stack whose registry takes them and whose lock is written')
  .argument('[service...]', 'services to promote; without: all that both stacks run')
  .option('--unscanned', 'without the scan that --to asks for')
  .addOption(byOption())
  .action(async (services: string[], options: LockCommand & { from: string; to: string; unscanned?: boolean }) => {
    const { runPromote } = await import('./locks/run.ts');
    print(await runPromote(services, options));
  });

lockCommand('rollback', 'writes the lock before this one, from the git history of the lock')
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .argument('[service...]', 'services to take back; without: all')
  .action(async (stack: string, services: string[], options: LockCommand) => {
    const { runRollback } = await import('./locks/run.ts');
    print(await runRollback(stack, services, options));
  });

program
  .command('prune')
  .description("the builds of a stack's services, with what needs each; those that nothing needs can be removed")
  .argument('<stack>', 'name of the stack, as in Pulumi.<stack>.yaml')
  .option('--delete', 'remove from the registry what nothing needs')
  .option('--collect', "with --delete: collect the registry's garbage then, read-only for that time")
  .option('--older-than <age>', 'what a lock has named since then stays: days or hours', '14d')
  .option('--unnamed', 'in a stack that locks: what no lock that git has here has ever named is old as well')
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

program
  .command('scan')
  .description('which packages an image has, on every platform, and which of them are known to be vulnerable')
  .argument('<image>', 'registry/repository[:tag][@sha256:…], or the folder of an OCI layout')
  .option('--stack <name>', 'as this stack asks for it; else one of the next two')
  .option('--settings <file>', 'as this file says, in the form of slipway:scan; -: standard input')
  .option('--database <path>', "known vulnerabilities: a zip archive of OSV's, or a folder of its JSON files")
  .option('--threshold <severity>', 'least severity that is refused: low, medium, high (default) or critical')
  .option('--ignore <file>', 'YAML list of exceptions: id, reason and, where it ends, until')
  .option('--without <list>', 'ecosystems that are not looked up, for example npm')
  .option('--platforms <list>', 'platforms that it must have; all that it has are looked at')
  .option('--attach', 'keep the report and the bills of materials in the registry, with the digest')
  .option('--json', 'as data')
  .option('--quiet', 'nothing but what is refused')
  .addOption(stacksOption())
  .addOption(endpointsOption())
  .action(async (image: string, options: ScanCommand) => {
    const { runScan } = await import('./scan/run.ts');
    await runScan(image, options, print);
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

type BuildOptions = Omit<Parameters<typeof runBuild>[1], 'services'> &
  Omit<ImagesCommand, 'system'> & { system?: string };

function several(word: string, words: string[] = []): string[] {
  return [...words, word];
}

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
program.parseAsync().catch(error => fail(error));
