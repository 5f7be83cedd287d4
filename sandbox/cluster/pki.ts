// The sandbox's certificate authority and the certificates of its programs, in $SLIPWAY_HOME/pki. The authority is
// made once and kept (people may trust it); leaves are made again when they near their end or their content changes.

import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { NETWORK } from '../config.ts';
import { writeWhole } from '../supervisor/record.ts';

const { subtle } = webcrypto;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;
const CA_DAYS = 3650;
const LEAF_DAYS = 365;
/** A leaf with less than this left is made again. */
const RENEW_DAYS = 60;

interface LeafSpec {
  name: string;
  /** RFC 4514, e.g. `CN=kube-apiserver,O=system:masters`. */
  subject: string;
  use: 'client' | 'server';
  ips?: string[];
  dns?: string[];
}

const { apiIP, nodeIP, nodeName, registryIP, clusterDomain } = NETWORK;

/** Every certificate of the sandbox but the authority's. Kubernetes reads user and groups from CN and O. */
export const LEAVES: LeafSpec[] = [
  {
    name: 'apiserver',
    subject: 'CN=kube-apiserver',
    use: 'server',
    ips: ['127.0.0.1', apiIP, nodeIP],
    dns: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${clusterDomain}`,
    ],
  },
  { name: 'registry', subject: 'CN=localhost', use: 'server', ips: ['127.0.0.1', registryIP], dns: ['localhost'] },
  { name: 'external', subject: 'CN=external', use: 'server', ips: ['127.0.0.1', nodeIP] },
  { name: 'admin', subject: 'CN=slipway-admin,O=system:masters', use: 'client' },
  { name: 'apiserver-kubelet', subject: 'CN=kube-apiserver-kubelet-client,O=system:masters', use: 'client' },
  { name: 'controller-manager', subject: 'CN=system:kube-controller-manager', use: 'client' },
  { name: 'scheduler', subject: 'CN=system:kube-scheduler', use: 'client' },
  { name: 'proxy', subject: 'CN=system:kube-proxy', use: 'client' },
  { name: 'kubelet', subject: `CN=system:node:${nodeName},O=system:nodes`, use: 'client' },
];

/** Files that may hold the machine's own roots, in the order in which they are looked for. */
const SYSTEM_ROOTS = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Makes what is missing or near its end in `folder`: ca, all of LEAVES, the service accounts' signing key
 * (service-accounts.key/.pub) and bundle.crt (the machine's roots and the authority, for clients).
 * @returns the names of what was made.
 */
export async function ensurePki(folder: string, now = new Date()): Promise<string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = await readAuthority(folder);
  const authority = kept ?? (await makeAuthority(folder, now));
  const made = kept ? [] : ['ca'];
  for (const leaf of LEAVES) {
    if (isCurrent(folder, leaf, authority.certificate, now)) continue;
    await makeLeaf(folder, leaf, authority, now);
    made.push(leaf.name);
  }
  if (!existsSync(join(folder, 'service-accounts.pub'))) {
    await makeSigningKey(folder);
    made.push('service-accounts');
  }
  writeWhole(join(folder, 'bundle.crt'), `${systemRoots()}\n${authority.certificate.toString('pem')}\n`);
  return made;
}

interface Authority {
  certificate: x509.X509Certificate;
  key: webcrypto.CryptoKey;
}

async function readAuthority(folder: string): Promise<Authority | undefined> {
  if (!existsSync(join(folder, 'ca.crt')) || !existsSync(join(folder, 'ca.key'))) return undefined;
  const pkcs8 = x509.PemConverter.decodeFirst(readFileSync(join(folder, 'ca.key'), 'utf8'));
  return {
    certificate: new x509.X509Certificate(readFileSync(join(folder, 'ca.crt'), 'utf8')),
    key: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']),
  };
}

async function makeAuthority(folder: string, now: Date): Promise<Authority> {
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=slipway sandbox',
    keys,
    serialNumber: serial(),
    ...validity(now, CA_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeKey(join(folder, 'ca.key'), keys.privateKey);
  writeWhole(join(folder, 'ca.crt'), `${certificate.toString('pem')}\n`);
  return { certificate, key: keys.privateKey };
}

async function makeLeaf(folder: string, leaf: LeafSpec, authority: Authority, now: Date): Promise<void> {
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const usage = leaf.use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const certificate = await x509.X509CertificateGenerator.create({
    subject: leaf.subject,
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    serialNumber: serial(),
    ...validity(now, LEAF_DAYS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      ...(leaf.ips || leaf.dns ? [new x509.SubjectAlternativeNameExtension(alternativeNames(leaf))] : []),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  await writeKey(join(folder, `${leaf.name}.key`), keys.privateKey);
  writeWhole(join(folder, `${leaf.name}.crt`), `${certificate.toString('pem')}\n`);
}

function isCurrent(folder: string, leaf: LeafSpec, authority: x509.X509Certificate, now: Date): boolean {
  const [crt, key] = [join(folder, `${leaf.name}.crt`), join(folder, `${leaf.name}.key`)];
  if (!existsSync(crt) || !existsSync(key)) return false;
  const certificate = new x509.X509Certificate(readFileSync(crt, 'utf8'));
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const issuer = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId;
  return (
    certificate.notAfter.getTime() - now.getTime() > RENEW_DAYS * DAY &&
    new x509.Name(leaf.subject).toString() === certificate.subject &&
    issuer === authority.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId &&
    JSON.stringify(names) === JSON.stringify(alternativeNames(leaf))
  );
}

function alternativeNames({ ips = [], dns = [] }: LeafSpec): x509.JsonGeneralName[] {
  return [
    ...ips.map(value => ({ type: 'ip' as const, value })),
    ...dns.map(value => ({ type: 'dns' as const, value })),
  ];
}

async function makeSigningKey(folder: string): Promise<void> {
  const keys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  await writeKey(join(folder, 'service-accounts.key'), keys.privateKey);
  const spki = await subtle.exportKey('spki', keys.publicKey);
  writeWhole(join(folder, 'service-accounts.pub'), `${x509.PemConverter.encode(spki, 'PUBLIC KEY')}\n`);
}

async function writeKey(file: string, key: webcrypto.CryptoKey): Promise<void> {
  const pkcs8 = await subtle.exportKey('pkcs8', key);
  writeWhole(file, `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`, 0o600);
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  // A clock that is a little behind must not refuse a certificate that was just made.
  return { notBefore: new Date(now.getTime() - DAY / 24), notAfter: new Date(now.getTime() + days * DAY) };
}

function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0]! &= 0x7f;
  return Buffer.from(bytes).toString('hex');
}

function systemRoots(): string {
  const file = [process.env.SSL_CERT_FILE, ...SYSTEM_ROOTS].find(path => path && existsSync(path));
  return file ? readFileSync(file, 'utf8').trim() : rootCertificates.join('\n');
}
