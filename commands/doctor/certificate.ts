// When certificates end, before anything refuses them.
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Context } from '../context.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

const DAY = 86_400_000; // milliseconds
/** Days before its end at which a certificate is a warning: enough for whoever issues it to be away. */
const SOON = 30;

/** The certificate that a server shows, trusted or not. `patience`: milliseconds. Throws one line where there is none. */
export function shownBy(url: string, patience = 5000): Promise<X509Certificate> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    // What it holds is read; nothing is said over this connection.
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false, ...name }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve(certificate);
      else reject(new Error(`${url} shows no certificate`));
    });
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience / 1000} s`)));
    socket.on('error', error => reject(new Error(`${url}: ${error.message}`)));
  });
}

/** The finding for a certificate. `what`: whose it is. */
export function lifeOf({ now }: Context, what: string, certificate: X509Certificate, remedy: string): Finding {
  const end = new Date(certificate.validTo);
  const days = Math.floor((end.getTime() - now.getTime()) / DAY);
  const date = end.toISOString().slice(0, 10);
  if (days < 0) return fault(`${what} ended on ${date}`, remedy);
  if (days < SOON) return warning(`${what} ends on ${date}, in ${days} days`, remedy);
  return ok(`${what}: until ${date}`);
}
