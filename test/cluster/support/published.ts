// What the registry has published, and that it still has all of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Fixture } from './fixture.ts';
import { registry } from './registry.ts';

/** `repository@digest` of every index under a tag. */
export async function published(fixture: Fixture): Promise<Set<string>> {
  const { repositories } = JSON.parse((await registry(fixture, 'GET', '/v2/_catalog?n=1000')).body) as {
    repositories: string[];
  };
  const found = await Promise.all(
    repositories.map(async repository => {
      const list = await registry(fixture, 'GET', `/v2/${repository}/tags/list`);
      const tags = (JSON.parse(list.body) as { tags?: string[] | null }).tags ?? [];
      return Promise.all(tags.map(tag => indexOf(fixture, repository, tag)));
    }),
  );
  return new Set(found.flat().filter(index => index !== undefined));
}

// Undefined for what is no index: Kaniko gives each platform's image a tag of its own, which its next build takes away.
async function indexOf(fixture: Fixture, repository: string, tag: string): Promise<string | undefined> {
  const answer = await registry(fixture, 'HEAD', `/v2/${repository}/manifests/${tag}`);
  assert.equal(answer.status, 200, `${repository}:${tag} can be read`);
  const isIndex = String(answer.headers['content-type']).includes('index');
  return isIndex ? `${repository}@${answer.headers['docker-content-digest']}` : undefined;
}

interface Descriptor {
  digest: string;
  size: number;
}

/** Every index is there with all its platforms, and every config and layer of theirs in its full size. Gives their number. */
export async function assertWhole(fixture: Fixture, indexes: Iterable<string>): Promise<number> {
  const seen = new Set<string>();
  for (const index of indexes) {
    const [repository = '', digest = ''] = index.split('@');
    const { manifests = [] } = await manifest<{ manifests?: Descriptor[] }>(fixture, repository, digest);
    assert.ok(manifests.length >= 2, `${index} has ${manifests.length} platforms`);
    for (const child of manifests) {
      const image = await manifest<{ config: Descriptor; layers: Descriptor[] }>(fixture, repository, child.digest);
      for (const { digest, size } of [image.config, ...image.layers]) {
        if (seen.has(digest)) continue;
        seen.add(digest);
        const blob = await registry(fixture, 'HEAD', `/v2/${repository}/blobs/${digest}`);
        assert.equal(blob.status, 200, `${index}: ${digest}`);
        assert.equal(Number(blob.headers['content-length']), size, `${index}: ${digest}`);
      }
    }
  }
  return seen.size;
}

async function manifest<T>(fixture: Fixture, repository: string, digest: string): Promise<T> {
  const { status, body } = await registry(fixture, 'GET', `/v2/${repository}/manifests/${digest}`);
  assert.equal(status, 200, `${repository}@${digest}: ${body}`);
  assert.equal(`sha256:${createHash('sha256').update(body).digest('hex')}`, digest);
  return JSON.parse(body) as T;
}
