import assert from 'node:assert/strict';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { door, targetOf } from '../../../sandbox/cluster/inside/door.ts';
import { answers } from '../../../sandbox/cluster/inside/probe.ts';
import {
  type Claim,
  isDisused,
  PROVISIONER,
  type Volume,
  volumeFor,
  wantsVolume,
} from '../../../sandbox/cluster/inside/volumes.ts';

test('a Host header of service, namespace and localhost names a Service, nothing else does', () => {
  assert.deepEqual(targetOf('ai-services.cerebral-platform.localhost:18080'), {
    service: 'ai-services',
    namespace: 'cerebral-platform',
  });
  assert.deepEqual(targetOf('A.B.localhost'), { service: 'a', namespace: 'b' });
  const others = [undefined, '', '127.0.0.1:18080', 'localhost', 'a.localhost', 'a.b.c.localhost', 'a.b.example.com'];
  for (const host of [...others, '-a.b.localhost', 'a_b.c.localhost', 'a.b.localhost.evil.org']) {
    assert.equal(targetOf(host), undefined, host);
  }
});

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function ask(port: number, host: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/health?x=1', headers: { host }, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', text => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    }).on('error', reject);
  });
}

test('the door passes a request on with its path and Host, and says in one line why it can not', async t => {
  const service = createServer((request, response) => response.end(`${request.url} for ${request.headers.host}`));
  const port = await listening(service);
  const gate = door(async ({ service: name }) => {
    if (name === 'broken') throw new Error("the cluster's DNS does not answer (ETIMEOUT)");
    if (name === 'down') return '127.0.0.2';
    return name === 'web' ? '127.0.0.1' : undefined;
  }, port);
  const at = await listening(gate);
  t.after(() => {
    service.close();
    gate.close();
  });
  assert.deepEqual(await ask(at, 'web.shop.localhost'), { status: 200, body: '/health?x=1 for web.shop.localhost' });
  const none = await ask(at, 'nope.shop.localhost');
  assert.equal(none.status, 404);
  assert.match(none.body, /^slipway door: there is no Service nope in namespace shop; .*\n$/);
  const wrong = await ask(at, '127.0.0.1');
  assert.equal(wrong.status, 404);
  assert.match(wrong.body, /Host is 127\.0\.0\.1; ask for http:\/\/<service>\.<namespace>\.localhost/);
  const down = await ask(at, 'down.shop.localhost');
  assert.equal(down.status, 502);
  assert.match(down.body, /Service down in namespace shop does not answer on port 80/);
  const broken = await ask(at, 'broken.shop.localhost');
  assert.equal(broken.status, 502);
  assert.match(broken.body, /DNS does not answer \(ETIMEOUT\)/);
});

test('a probe is answered by a 200 and by nothing else', async t => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/ok' ? 200 : 503;
    response.end();
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  t.after(() => server.close());
  assert.ok(await answers({ url: `${url}/ok` }));
  assert.ok(!(await answers({ url: `${url}/late` })));
  assert.ok(!(await answers({ all: [{ url: `${url}/ok` }, { socket: '/no/such/socket' }] })));
});

const claim: Claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'registry', uid: '0123456789abcdef' },
  spec: { storageClassName: 'standard', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

test('a claim of the class that has no volume yet wants one', () => {
  assert.ok(wantsVolume(claim));
  assert.ok(!wantsVolume({ ...claim, spec: { ...claim.spec, volumeName: 'pvc-1' } }));
  assert.ok(!wantsVolume({ ...claim, spec: { ...claim.spec, storageClassName: 'fast' } }));
  assert.ok(!wantsVolume({ ...claim, metadata: { ...claim.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }));
});

test('a volume is bound to its very claim, and its folder can be told by its name', () => {
  const { metadata, spec } = volumeFor(claim);
  assert.equal(metadata.name, 'pvc-0123456789abcdef');
  assert.equal(spec.hostPath?.path, '/var/lib/slipway/volumes/registry-data-01234567');
  assert.equal((spec as unknown as { claimRef: { uid: string } }).claimRef.uid, claim.metadata.uid);
});

test('a folder goes only with a released volume of ours whose class says Delete', () => {
  const volume: Volume = { ...volumeFor(claim), status: { phase: 'Released' } };
  assert.ok(isDisused(volume));
  assert.ok(!isDisused({ ...volume, status: { phase: 'Bound' } }));
  assert.ok(!isDisused({ ...volume, spec: { ...volume.spec, persistentVolumeReclaimPolicy: 'Retain' } }));
  assert.ok(!isDisused({ ...volume, metadata: { name: 'x', annotations: {} } }));
  assert.equal(volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'], PROVISIONER);
});
