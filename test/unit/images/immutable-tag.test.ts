import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Digest } from '../../../images/digest.ts';
import { checkTagFree, tagOnce } from '../../../images/immutable-tag.ts';
import { formatReference } from '../../../images/reference.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const tag = { registry: REGISTRY, repository: 'team/app', tag: 'v1' };
let registry: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  registry = await FakeRegistry.start();
  client = new RegistryClient({ endpoints: registry.endpoints, retries: 0 });
});
afterEach(() => registry.stop());

const publish = (name: string, salt: string) => registry.index('team/app', name, BOTH, {}, salt);
const image = async (digest: Digest) => (await client.manifest({ ...tag, digest }))!;
const writes = () => registry.requests.filter(request => request.startsWith('PUT'));

test('a tag that is free is given once, and again to the same image without a write (A5)', async () => {
  const digest = publish('build', 'one');
  assert.equal(await checkTagFree(client, tag, digest), 'free');
  assert.equal(await tagOnce(client, tag, await image(digest)), 'written');
  assert.equal(await client.head(tag), digest);
  assert.equal(
    await checkTagFree(client, { ...tag, digest }, digest),
    'there',
    'the digest beside the tag is not asked',
  );
  assert.equal(await tagOnce(client, tag, await image(digest)), 'there');
  assert.deepEqual(writes(), ['PUT /v2/team/app/manifests/v1']);
});

test('a tag of another image is refused with both digests, and stays (A5)', async () => {
  const [first, second] = [publish('v1', 'one'), publish('build', 'two')];
  const refused = {
    message: `${formatReference(tag)} is ${first}, expected ${second} or none; this tag never moves: choose another one`,
  };
  await assert.rejects(checkTagFree(client, tag, second), refused);
  await assert.rejects(tagOnce(client, tag, await image(second)), refused);
  assert.equal(await client.head(tag), first);
  assert.deepEqual(writes(), []);
});

test('whoever is overtaken by another that writes the tag at the same time is told (A5)', async () => {
  const [first, second] = [publish('one', 'one'), publish('two', 'two')];
  registry.misbehave = ({ method, url }, response) => {
    if (method !== 'PUT' || !url!.endsWith('/v1')) return false;
    registry.put('team/app', 'v1', registry.manifests.get(`team/app ${second}`)!.bytes, 'any');
    return !!response.writeHead(201).end();
  };
  await assert.rejects(tagOnce(client, tag, await image(first)), {
    message: `${formatReference(tag)} was given to ${first}, and is ${second}: another has written it at the same time; look which of the two it is to be`,
  });
});
