import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { Image, type ImageArgs } from '../../components/image.ts';
import { scanSchema } from '../../settings/scan.ts';
import { only, type Recorded, record } from './recorder.ts';
import { digest } from './values.ts';

const args: ImageArgs = {
  repository: 'cerebral/ai-base',
  tag: 'cpu',
  registry: { name: '10.34.0.202:5000', aliases: [], url: 'https://127.0.0.1:15000' },
  platforms: ['linux/amd64', 'linux/arm64'],
  dockerfile: 'docker/Dockerfile.ai-base.cpu',
  context: '.',
  buildArgs: { REQUIREMENTS: 'docker/requirements-sandbox.txt' },
  builder: 'slipway',
  upstream: reference => `127.0.0.1:15001/mirrored/${reference}@${digest}`,
};

/** Declares an image whose provider hands out `built` as its digest, and whose command `unanswered` has no answer yet; gives what was registered and the outputs. */
async function declare(
  built: string | undefined,
  changes: Partial<ImageArgs> = {},
  preview = false,
  unanswered?: string,
) {
  const outputs = ({ type, name }: Recorded) => {
    if (type.endsWith(':Image')) return { digest: built };
    return { stdout: name === unanswered ? pulumi.unknown : '{}' };
  };
  const seen: { digest?: string; reference?: string } = {};
  const recorded = await record(
    () => {
      const image = new Image('base-cpu', { ...args, ...changes });
      image.digest.apply(value => {
        seen.digest = value;
      });
      image.reference.apply(value => {
        seen.reference = value;
      });
    },
    { outputs, preview },
  );
  return { recorded, seen };
}

test('the digest flows from the build to the reference that the cluster pulls', async () => {
  const { seen } = await declare(digest);
  assert.deepEqual(seen, { digest, reference: `10.34.0.202:5000/cerebral/ai-base:cpu@${digest}` });
});

test('the build pushes an OCI index of every platform to the address outside', async () => {
  const { inputs } = only((await declare(digest)).recorded, ':Image');
  assert.deepEqual(inputs.tags, ['127.0.0.1:15000/cerebral/ai-base:cpu']);
  assert.deepEqual(inputs.platforms, ['linux/amd64', 'linux/arm64']);
  assert.equal(inputs.push, false);
  assert.deepEqual(inputs.exports, [{ raw: 'type=image,oci-mediatypes=true,push=true,rewrite-timestamp=true' }]);
  assert.deepEqual(inputs.buildArgs, {
    REQUIREMENTS: 'docker/requirements-sandbox.txt',
    SOURCE_DATE_EPOCH: '315532800',
  });
});

test('upstream images come pinned, under the names that the Dockerfile writes', async () => {
  const { inputs } = only((await declare(digest)).recorded, ':Image');
  assert.deepEqual(inputs.context, {
    location: '.',
    named: {
      'python:3.11-slim': {
        location: `docker-image://127.0.0.1:15001/mirrored/docker.io/library/python:3.11-slim@${digest}`,
      },
    },
  });
});

test('the push is verified again whenever the digest or the platforms change', async () => {
  const { inputs } = only((await declare(digest)).recorded, ':Command');
  assert.deepEqual(inputs.triggers, [digest, 'linux/amd64', 'linux/arm64']);
  assert.equal(
    inputs.create,
    `node_modules/.bin/node commands/slipway.ts verify 10.34.0.202:5000/cerebral/ai-base:cpu@${digest} --platforms linux/amd64,linux/arm64`,
  );
  assert.deepEqual(inputs.environment, { SLIPWAY_ENDPOINTS: '10.34.0.202:5000=https://127.0.0.1:15000' });
});

test('where a scan is asked for, nobody gets the digest before it is passed (A7)', async () => {
  const scan = scanSchema.parse({ database: 'osv', threshold: 'medium' });
  const { recorded, seen } = await declare(digest, { scan });
  const { inputs } = only(recorded, ':Command', 'base-cpu-scanned');
  assert.equal(
    inputs.create,
    `node_modules/.bin/node commands/slipway.ts scan 10.34.0.202:5000/cerebral/ai-base:cpu@${digest} --settings - --attach --quiet`,
  );
  assert.deepEqual(JSON.parse(inputs.stdin), { database: 'osv', threshold: 'medium', ignore: [], without: [] });
  assert.deepEqual(
    [inputs.triggers, inputs.environment],
    [[digest], { SLIPWAY_ENDPOINTS: '10.34.0.202:5000=https://127.0.0.1:15000' }],
  );
  assert.equal(seen.digest, digest);
  const refused = await declare(digest, { scan }, true, 'base-cpu-scanned');
  assert.deepEqual(refused.seen, {}, 'neither digest nor reference without its answer');
});

test('the empty digest of a preview that would build is unknown to all that is wired to it', async () => {
  const { recorded, seen } = await declare('', {}, true);
  assert.deepEqual(seen, {});
  assert.ok(pulumi.containsUnknowns(only(recorded, ':Command').inputs.triggers));
});

test('a new secret is no reason to build again', async () => {
  const { recorded } = await declare(digest, { secrets: { 'pip-config': 'b', 'ca-bundle': 'a' } });
  assert.deepEqual(only(recorded, ':Image').inputs.ignoreSecretsInDiffCalculation, ['ca-bundle', 'pip-config']);
});

test('an image for one platform can not be declared', async () => {
  await assert.rejects(declare(digest, { platforms: ['linux/arm64'] }), {
    message:
      'base-cpu.platforms: found linux/arm64; an image of a stack has at least two, for example linux/amd64 and ' +
      "linux/arm64: the cluster and the teams' machines pull the same tag",
  });
});

test('paths of one machine are refused', async () => {
  await assert.rejects(declare(digest, { context: '/home/joe' }), {
    message:
      'base-cpu.context: found "/home/joe"; expected a path relative to the checkout, so that every checkout gives the same image',
  });
});

test('an upstream image that is not pinned is named with its line', async () => {
  const upstream = () => {
    throw new Error('locks/local.yaml: not pinned');
  };
  await assert.rejects(declare(digest, { upstream }), {
    message: /^base-cpu: docker\/Dockerfile\.ai-base\.cpu, line \d+: locks\/local\.yaml: not pinned$/,
  });
});
