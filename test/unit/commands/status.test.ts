// The status: three digests side by side, for a terminal, as data, and as a page with the graph.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { layOut, spread } from '../../../commands/status/graph.ts';
import { drawn, escaped, page } from '../../../commands/status/page.ts';
import { printed } from '../../../commands/status/report.ts';
import { stateOf } from '../../../commands/status/state.ts';
import { type Seen, type ServiceStatus, type StackStatus, statusOf } from '../../../commands/status/status.ts';
import { digestOf, shortDigest } from '../../../images/digest.ts';
import { REVISION } from '../../../images/manifest.ts';
import { REGISTRY } from '../images/fake-registry.ts';
import { locking } from '../settings/stack-files.ts';
import { at, BASE, COMMIT, type FakeStack, healthyStack, NOW, PLATFORMS } from './support/stack.ts';
import { parseXml } from './support/xml.ts';

const statusIn = async (stack: FakeStack) => statusOf(await stack.context());
const serviceIn = (status: StackStatus, name: string) => status.services.find(service => service.name === name)!;

test('what is wanted, what runs and what was built are one digest, with its commit and its ages', async t => {
  const stack = await healthyStack(t);
  const status = await statusIn(stack);
  const digest = stack.digests.get('ai-services')!;
  const built = { digest, commit: COMMIT, since: '2026-03-01T09:00:00Z' };
  const service = serviceIn(status, 'ai-services');
  assert.deepEqual(service.wanted, built);
  assert.deepEqual(service.built, built);
  assert.deepEqual(service.running, { digest, commit: COMMIT.slice(0, 12), since: '2026-03-01T10:00:00Z' });
  assert.equal(service.state, 'same');
  assert.equal(service.builtOn, stack.digests.get('cpu'));
  assert.deepEqual(status.notes, []);
  const text = printed(status);
  const short = shortDigest(digest);
  assert.match(text, new RegExp(`\nai-services +same +${short}, commit c{12}, 3 h +the same, 2 h +the same\n`));
  assert.match(
    text,
    new RegExp(`\n${BASE}:cpu +${shortDigest(stack.digests.get('cpu')!)}, commit unknown +runs build on it\n`),
  );
  assert.match(text, /\nlocal \(track\): 3 same\n$/);
  const methods = [...stack.api.requests.map(({ method }) => method), ...stack.registry.requests];
  assert.deepEqual([...new Set(methods.map(line => line.split(' ')[0]))].sort(), ['GET'], 'nothing was changed');
});

test('a build that is not rolled out, another digest that runs, a service without a build: each is told apart', async t => {
  const stack = await healthyStack(t);
  const newer = stack.registry.index(
    'cerebral/ai-services',
    'main',
    PLATFORMS,
    { [REVISION]: 'd'.repeat(40) },
    'newer',
  );
  const other = stack.registry.index('cerebral/data-services', 'other', PLATFORMS, {}, 'other');
  stack.deploy('cerebral-platform', 'data-services', `${REGISTRY}/cerebral/data-services:other@${other}`);
  for (const tag of ['main', 'live-local']) stack.registry.remove('cerebral/knowledge-services', tag);
  stack.objects.delete(at.service('knowledge-services'));
  const status = await statusIn(stack);
  assert.deepEqual(
    status.services.map(({ name, state }) => [name, state]),
    [
      ['ai-services', 'newer build'],
      ['data-services', 'differs'],
      ['knowledge-services', 'waiting'],
    ],
  );
  const text = printed(status);
  assert.match(text, new RegExp(`ai-services +newer build .*the same, 2 h +${shortDigest(newer)}, commit d{12}\n`));
  assert.match(text, new RegExp(`data-services +\\* differs .* ${shortDigest(other)}, commit unknown, 2 h`));
  assert.match(text, /knowledge-services +waiting +– +– +–\n/);
});

test('a stack that locks wants what its lock pins, since when it was pinned', async t => {
  const stack = await healthyStack(t);
  const digest = stack.digests.get('ai-services')!;
  const entry = `{ digest: ${digest}, mediaType: application/vnd.oci.image.index.v1+json, platforms: { linux/amd64: ${digest} }, commit: ${COMMIT}, pinnedAt: 2026-02-01T00:00:00Z, pinnedBy: x }`;
  stack.lock = `version: 1\nimages:\n  cerebral/ai-services: ${entry}\n  cerebral/data-services: waiting\n  cerebral/knowledge-services: waiting\nupstream: {}\n`;
  Object.assign(stack.changes, locking);
  const status = await statusIn(stack);
  assert.deepEqual(serviceIn(status, 'ai-services').wanted, { digest, commit: COMMIT, since: '2026-02-01T00:00:00Z' });
  assert.equal(serviceIn(status, 'data-services').state, 'not wanted');
});

test('a registry that is away leaves what runs, and a note in place of the rest', async t => {
  const stack = await healthyStack(t);
  stack.registry.misbehave = (_, response) => {
    response.destroy();
    return true;
  };
  stack.means.patience = 500;
  const status = await statusIn(stack);
  const service = serviceIn(status, 'ai-services');
  assert.equal(service.state, 'unknown');
  assert.equal(service.wanted, 'unknown');
  assert.equal((service.running as { digest: string }).digest, stack.digests.get('ai-services'));
  assert.match(printed(status), /\nnote: the registry does not answer \(/);
});

test('a pod that runs something else than its Deployment says is noted; another index of the same images is not', async t => {
  const stack = await healthyStack(t);
  const again = stack.registry.index('cerebral/ai-services', 'again', PLATFORMS, { x: 'y' }, 'ai-services');
  const other = stack.registry.index('cerebral/data-services', 'other', PLATFORMS, {}, 'other');
  const runs = (service: string, digest: string) => {
    const pod = stack.objects.get(at.core('cerebral-platform', 'pods', `${service}-1`));
    pod.status.containerStatuses[0].imageID = `${REGISTRY}/cerebral/${service}@${digest}`;
  };
  runs('ai-services', again);
  runs('data-services', other);
  const status = await statusIn(stack);
  assert.deepEqual(
    status.services.map(({ state, notes }) => [state, notes]),
    [
      ['same', []],
      ['unhealthy', [`pod data-services-1 runs ${other}`]],
      ['same', []],
    ],
  );
});

test('the words for three digests', () => {
  const seen = (text: string): Seen => ({ digest: digestOf(text), commit: 'unknown' });
  const state = (wanted: Seen, running: Seen, built: Seen, more = {}) =>
    stateOf({ wanted, running, built, healthy: true, source: 'live', ...more });
  const [a, b] = [seen('a'), seen('b')];
  assert.equal(state(a, a, a), 'same');
  assert.equal(state(a, a, b), 'newer build');
  assert.equal(state(a, a, 'none'), 'same');
  assert.equal(state(a, b, a), 'differs');
  assert.equal(state(a, 'none', a), 'not running');
  assert.equal(state('none', b, 'none'), 'not wanted');
  assert.equal(state('none', 'none', 'none'), 'waiting');
  assert.equal(state('unknown', a, a), 'unknown');
  assert.equal(state(a, a, a, { healthy: false }), 'unhealthy');
  assert.equal(state(a, a, a, { source: 'unjudged', healthy: false }), 'rolling out');
});

/** A stack of `count` services on two bases, made up. */
function madeUp(count: number, name = (i: number) => `service-${i}`): StackStatus {
  const seen = (text: string) => ({ digest: digestOf(text), commit: COMMIT, since: '2026-03-01T10:00:00Z' });
  const upstream = (reference: string) => ({ reference, digest: digestOf(reference) });
  const base = (tag: string, from: string) => ({
    ...{ tag, repository: BASE, built: seen(tag), pinned: digestOf(tag), upstreams: [upstream(from)] },
  });
  const service = (i: number): ServiceStatus => ({
    ...{
      name: name(i),
      image: `cerebral/${i}`,
      base: i % 3 === 0 ? 'cpu' : 'cuda',
      source: 'live',
      healthy: true,
      notes: [],
    },
    ...{ wanted: seen(`${i}`), running: seen(`${i}`), built: seen(`${i}`), state: i === 1 ? 'differs' : 'same' },
    builtOn: digestOf(i === 2 ? 'an older base' : i % 3 === 0 ? 'cpu' : 'cuda'),
  });
  return {
    ...{ stack: 'dev', system: 'cerebral', asked: NOW.toISOString(), digests: 'track', notes: [] },
    bases: [
      base('cuda', 'docker.io/nvidia/cuda:12.4.1-runtime-ubuntu22.04'),
      base('cpu', 'docker.io/library/python:3.11-slim'),
    ],
    services: Array.from({ length: count }, (_, i) => service(i)),
  };
}

for (const count of [0, 1, 12, 24, 25, 200, 1000]) {
  test(`a graph of ${count} services: no box over another, all within the picture, every line between two places`, () => {
    const { boxes, lines, frames, width, height } = layOut(madeUp(count));
    assert.equal(boxes.length, 2 + 2 + count + 1);
    for (const { x, y, width: own } of boxes) assert.ok(x >= 0 && y >= 0 && x + own <= width && y + 40 <= height);
    for (const column of new Set(boxes.map(({ x }) => x))) {
      const tops = boxes.flatMap(({ x, y }) => (x === column ? [y] : [])).sort((a, b) => a - b);
      for (const [i, top] of tops.slice(1).entries()) assert.ok(top - tops[i]! >= 40, `${top} after ${tops[i]}`);
    }
    assert.equal(frames.length, count > 24 ? 2 : 0);
    const expected = count === 0 ? 2 : count > 24 ? 2 + 4 : 2 + 2 * count;
    assert.equal(lines.length, expected);
    assert.ok(
      lines.every(({ from, to }) => from.x + from.width < to.x),
      'lines lead to the right',
    );
    if (count === 200) assert.ok(width < 2200 && height < 2000, `${width} × ${height}`);
  });
}

test('boxes keep to their wanted places as far as there is room', () => {
  assert.deepEqual(spread([200, 100]), [180, 80]);
  assert.deepEqual(spread([100, 100, 100]), [80, 130, 180]);
  assert.deepEqual(spread([0]), [12]);
});

test('a service that was built on an older base has a broken line; one to look at has a broken border and its word', () => {
  const svg = drawn(madeUp(12));
  assert.equal(svg.match(/class="line old"/g)?.length, 1);
  assert.match(svg, /<g class="box trouble"><title>cerebral\/1: differs\n/);
  assert.match(svg, /<text [^>]*>[0-9a-f]{12} differs<\/text>/);
});

test('the graph is well-formed, and says in words what it shows', () => {
  const root = parseXml(drawn(madeUp(12)));
  assert.equal(root.name, 'svg');
  assert.equal(root.attributes['aria-labelledby'], 'graph-title graph-desc');
  const [title, desc] = root.children;
  assert.equal(title?.text, 'Images of stack dev');
  assert.match(
    desc?.text ?? '',
    /cerebral\/ai-base:cpu, from docker\.io\/library\/python:3\.11-slim, is the base of service-0 \(same\)/,
  );
  const boxes = root.children.filter(({ name }) => name === 'g');
  assert.ok(boxes.every(box => box.children[0]?.name === 'title' && box.children[0].text !== ''));
  const digest = digestOf('3');
  assert.ok(boxes.some(box => box.children[0]!.text.includes(digest) && box.children[2]!.text.includes('service-3')));
});

test('the page needs nothing from elsewhere, has no script, and the whole digest in a title', () => {
  const html = page(madeUp(12));
  assert.doesNotMatch(html, /<script|<link|<img|@import|url\(/i);
  assert.deepEqual(
    [...html.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([url]) => url),
    ['http://www.w3.org/2000/svg'],
  );
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.match(html, /@media print/);
  assert.ok(html.includes(`<code title="${digestOf('3')}">${shortDigest(digestOf('3'))}</code>`));
  assert.match(html, /<strong>differs<\/strong>/);
  // As XML it is HTML all the same, but for its doctype and the elements without an end.
  const body = html.slice(html.indexOf('<body>'), html.indexOf('</html>')).replaceAll('<br>', '<br/>');
  parseXml(body);
});

test('no text of a stack gets out of its place in the page', () => {
  const evil = `</title><script>alert("1")</script>' onload='x' & <b>`;
  const status = madeUp(3, () => evil);
  status.notes.push(evil);
  status.stack = evil;
  status.bases[0]!.upstreams[0]!.reference = evil;
  for (const service of status.services) service.progress = evil;
  const html = page(status);
  assert.doesNotMatch(html, /<script|<b>|onload='/);
  parseXml(html.slice(html.indexOf('<body>'), html.indexOf('</html>')).replaceAll('<br>', '<br/>'));
  assert.equal(escaped('a\u0000b\u001bc\nd'), 'abc\nd');
});

test('the file holds what is on the terminal, for a stack as it is', async t => {
  const stack = await healthyStack(t);
  const { runStatus } = await import('../../../commands/status/run.ts');
  const { writeFileSync } = await import('node:fs');
  const { stringify } = await import('yaml');
  const context = await stack.context();
  const { registry, cluster } = context.settings;
  const { parse } = await import('yaml');
  const file = parse(readFileSync('Pulumi.local.yaml', 'utf8'));
  file.config['slipway:cluster'] = cluster;
  file.config['slipway:registry'] = {
    ...file.config['slipway:registry'],
    endpoint: registry.endpoint,
    ...(!registry.external && { outside: registry.outside }),
  };
  writeFileSync(join(stack.folder, 'Pulumi.local.yaml'), stringify(file));
  const html = join(stack.folder, 'page.html');
  const means = {
    connect: async () => (await stack.context()).kube(),
    readText: async () => stack.lock,
    credentials: context.credentials,
    now: NOW,
  };
  const text = await runStatus('local', { html, stacks: stack.folder }, means);
  const written = readFileSync(html, 'utf8');
  for (const [short] of text.matchAll(/\b[0-9a-f]{12}\b/g)) assert.ok(written.includes(short), short);
  const data = JSON.parse(await runStatus('local', { json: true, stacks: stack.folder }, means));
  assert.equal(data.services[0].running.digest, stack.digests.get('ai-services'));
});
