import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Context } from '../../../commands/context.ts';
import { lifeOf, shownBy } from '../../../commands/doctor/certificate.ts';
import { startApiServer } from '../cluster/api-server.ts';

test('the certificate that a server shows is read, trusted or not', async t => {
  const api = await startApiServer(true);
  t.after(() => api.stop());
  const shown = await shownBy(api.url);
  assert.equal(shown.fingerprint256, new X509Certificate(api.ca).fingerprint256);
  await assert.rejects(shownBy('https://127.0.0.1:9'), /^Error: https:\/\/127\.0\.0\.1:9: connect ECONNREFUSED/);
});

test('a server that says nothing is not waited for', async t => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(shownBy(url, 50), /no answer within 0\.05 s/);
});

test('a certificate is fine until a month before its end, a warning until its end, then a fault; always with the remedy', async t => {
  const api = await startApiServer(true);
  t.after(() => api.stop());
  const certificate = new X509Certificate(api.ca);
  const end = Date.parse(certificate.validTo);
  const life = (days: number) =>
    lifeOf({ now: new Date(end - days * 86_400_000) } as Context, 'the certificate', certificate, 'renew it');
  const date = new Date(end).toISOString().slice(0, 10);
  assert.deepEqual(life(31), { verdict: 'ok', seen: `the certificate: until ${date}` });
  assert.deepEqual(life(29), {
    verdict: 'warning',
    seen: `the certificate ends on ${date}, in 29 days`,
    remedy: 'renew it',
  });
  assert.deepEqual(life(-1), { verdict: 'fault', seen: `the certificate ended on ${date}`, remedy: 'renew it' });
});
