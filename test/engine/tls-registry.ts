// A registry behind TLS that has one index and nothing else: docker-build's provider asks for what it has pushed, and by
// TLS alone.
import { webcrypto } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { type Digest, digestOf } from '../../images/digest.ts';

export interface TlsRegistry {
  /** host:port */
  host: string;
  /** PEM, for who is to trust it. */
  certificate: string;
  /** Of the index. */
  digest: Digest;
  /** Whether it still has it. */
  keep(kept: boolean): void;
  stop(): void;
}

const mediaType = 'application/vnd.oci.image.index.v1+json';
const index = JSON.stringify({
  schemaVersion: 2,
  mediaType,
  manifests: ['amd64', 'arm64'].map(architecture => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digestOf(architecture),
    size: architecture.length,
    platform: { os: 'linux', architecture },
  })),
});

export async function startTlsRegistry(): Promise<TlsRegistry> {
  const { certificate, key } = await selfSigned();
  const digest = digestOf(index);
  let kept = true;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    const has = kept && (request.url ?? '').includes('/manifests/');
    const known = has || request.url === '/v2/';
    response.writeHead(known ? 200 : 404, {
      'docker-distribution-api-version': 'registry/2.0',
      ...(has && { 'content-type': mediaType, 'docker-content-digest': digest, 'content-length': index.length }),
    });
    response.end(has && request.method === 'GET' ? index : known ? '' : '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    digest,
    keep: now => {
      kept = now;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function selfSigned(): Promise<{ certificate: string; key: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=a registry of the tests',
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { certificate: certificate.toString('pem'), key };
}
