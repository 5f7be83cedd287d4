// An image that a stack builds itself: one tag, one OCI index with every platform, verified after the push.
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { local } from '@pulumi/command';
import dockerBuild from '@pulumi/docker-build';
import * as pulumi from '@pulumi/pulumi';
import { contextName } from '../images/bases.ts';
import { findBases } from '../images/dockerfile.ts';
import { type Endpoint, printEndpoints } from '../images/endpoints.ts';
import { listPlatforms, type Platform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import { declaresEpoch, sourceDateEpoch } from '../images/reproducible.ts';
import type { ScanSettings } from '../settings/scan.ts';
import { buildInputs } from './build-inputs.ts';

export interface ImageArgs {
  /** Repository in the stack's registry, for example `cerebral/ai-base`, and the tag that the push moves. */
  repository: string;
  tag: string;
  /** The stack's registry: `name` for those who pull in the cluster, `url` for the push. */
  registry: Endpoint;
  /** At least two: one tag must serve the cluster and the teams' own machines. */
  platforms: Platform[];
  /** Paths relative to the checkout: an absolute one would make every checkout a change. */
  dockerfile: string;
  context: string;
  buildArgs?: Record<string, string>;
  /** Contents of the secret files that the build mounts, by id. A new value alone is no reason to build again. */
  secrets?: Record<string, pulumi.Input<string>>;
  /** buildx instance that builds. */
  builder: string;
  /** The scan that the pushed image must pass before anything gets its digest; default: none. */
  scan?: ScanSettings;
  /** Where the build takes an image from outside: given `docker.io/library/python:3.11-slim`, a reference with digest. */
  upstream: (reference: string) => pulumi.Input<string>;
}

/** An OCI index of all platforms, pushed and verified, and scanned where that is asked for. */
export class Image extends pulumi.ComponentResource {
  /** Digest of the verified index, which has passed its scan; unknown in a preview that would build. */
  readonly digest: pulumi.Output<string>;
  /** `registry/repository:tag@digest`, as the cluster pulls it. */
  readonly reference: pulumi.Output<string>;

  constructor(name: string, args: ImageArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:image:Image', name, inputsOf(name, args), opts);
    const { repository, tag, registry, platforms } = args;
    const dockerfile = readFileSync(args.dockerfile, 'utf8');
    // Timestamps may only be rewritten where the Dockerfile asks for them: pip's compiled files carry the sources' time.
    const reproducible = declaresEpoch(dockerfile);
    const image = new dockerBuild.Image(
      name,
      {
        builder: { name: args.builder },
        context: { location: args.context, named: namedContexts(name, dockerfile, args) },
        dockerfile: { location: args.dockerfile },
        buildArgs: { ...args.buildArgs, ...(reproducible && { SOURCE_DATE_EPOCH: String(sourceDateEpoch) }) },
        ...(args.secrets && {
          secrets: args.secrets,
          ignoreSecretsInDiffCalculation: Object.keys(args.secrets).sort(),
        }),
        platforms: platforms as dockerBuild.types.enums.Platform[],
        tags: [`${new URL(registry.url).host}/${repository}:${tag}`],
        // The provider's own push writes a Docker list; an OCI index comes from an export of one's own.
        push: false,
        exports: [{ raw: `type=image,oci-mediatypes=true,push=true${reproducible ? ',rewrite-timestamp=true' : ''}` }],
        buildOnPreview: false,
      },
      // Pods may be pinned to a digest that no longer is in the program; only a prune deletes.
      { parent: this, retainOnDelete: true },
    );
    // In a preview that would build, the provider hands out an empty text where an unknown value is meant.
    const built = image.digest.apply(digest => (digest === '' ? (pulumi.unknown as unknown as string) : digest));
    const reference = pulumi.interpolate`${registry.name}/${repository}:${tag}@${built}`;
    const verified = new local.Command(
      `${name}-verified`,
      {
        create: pulumi.interpolate`node_modules/.bin/node commands/slipway.ts verify ${reference} --platforms ${platforms.join(',')}`,
        environment: { SLIPWAY_ENDPOINTS: printEndpoints([registry]) },
        triggers: [built, ...platforms],
      },
      { parent: this },
    );
    const scanned =
      args.scan &&
      new local.Command(
        `${name}-scanned`,
        {
          create: pulumi.interpolate`node_modules/.bin/node commands/slipway.ts scan ${reference} --settings - --attach --quiet`,
          stdin: JSON.stringify(args.scan),
          environment: { SLIPWAY_ENDPOINTS: printEndpoints([registry]) },
          triggers: [built],
        },
        { parent: this, dependsOn: verified },
      );
    const looks = pulumi.all([verified.stdout, scanned?.stdout]);
    this.digest = pulumi.all([built, looks]).apply(([digest]) => digest);
    this.reference = pulumi.all([reference, looks]).apply(([text]) => text);
    this.registerOutputs({ digest: this.digest, reference: this.reference });
  }
}

/** What a preview shows of a build: docker-build's own diff says that the context changed, and not which file of it. */
function inputsOf(name: string, args: ImageArgs): { files: Record<string, string> } {
  check(name, args);
  return { files: buildInputs(args.dockerfile, args.context) };
}

function check(name: string, args: ImageArgs): void {
  if (args.platforms.length < 2) {
    throw new Error(
      `${name}.platforms: found ${listPlatforms(args.platforms)}; an image of a stack has at least two, for example linux/amd64 and linux/arm64: the cluster and the teams' machines pull the same tag`,
    );
  }
  for (const key of ['dockerfile', 'context'] as const) {
    if (!isAbsolute(args[key])) continue;
    throw new Error(
      `${name}.${key}: found "${args[key]}"; expected a path relative to the checkout, so that every checkout gives the same image`,
    );
  }
}

function namedContexts(
  name: string,
  dockerfile: string,
  args: ImageArgs,
): Record<string, { location: pulumi.Input<string> }> {
  const named: Record<string, { location: pulumi.Input<string> }> = {};
  for (const use of findBases(dockerfile, { buildArgs: args.buildArgs })) {
    const written = parseReference(use.reference);
    const { registry, repository, tag = 'latest' } = written;
    // What the Dockerfile pins itself needs no pin from here.
    if (written.digest !== undefined) continue;
    try {
      named[contextName(written)] = {
        location: pulumi.interpolate`docker-image://${args.upstream(`${registry}/${repository}:${tag}`)}`,
      };
    } catch (error) {
      throw new Error(`${name}: ${args.dockerfile}, line ${use.line}: ${(error as Error).message}`);
    }
  }
  return named;
}
