// `slipway certificates`: the authority, server and client certificates of the stack's build daemons, as JSON on stdout.
// The program runs it once and keeps what it prints, as a secret, in the stack's state.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const { subtle } = webcrypto;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** What clients ask for, whatever address they reach a daemon by (components/buildkit.ts). */
const serverName = 'buildkitd';
const years = 10;

export interface Pair {
  certificate: string;
  key: string;
}

/** PEM throughout. Who needs new ones replaces the resource: `pulumi up --replace <urn of …-certificates>`. */
export async function makeCertificates(now = new Date()): Promise<{ ca: string; server: Pair; client: Pair }> {
  const validity = {
    notBefore: new Date(now.getTime() - 3_600_000),
    notAfter: new Date(now.getTime() + years * 365 * 86_400_000),
  };
  const generate = () => subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const caKeys = await generate();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: 'CN=slipway build daemons',
    ...validity,
    signingAlgorithm: algorithm,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const issue = async (name: string, usage: string): Promise<Pair> => {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: `CN=${name}`,
      issuer: ca.subject,
      ...validity,
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
        await x509.AuthorityKeyIdentifierExtension.create(ca),
      ],
    });
    const key = await subtle.exportKey('pkcs8', keys.privateKey);
    return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
  };
  return {
    ca: ca.toString('pem'),
    server: await issue(serverName, x509.ExtendedKeyUsage.serverAuth),
    client: await issue('slipway-build', x509.ExtendedKeyUsage.clientAuth),
  };
}

// Positive and of a fixed length, as RFC 5280 wants it.
function serial(): string {
  return `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`;
}
