// Kubeconfig files: one for the user on the machine, one for each of the sandbox's own programs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { CONTEXT } from '../config.ts';

/** A kubeconfig with the credentials of `user` (a leaf of the PKI) in it. */
export function kubeconfig(pki: string, user: string, server: string): string {
  const data = (file: string) => readFileSync(join(pki, file)).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: CONTEXT, cluster: { server, 'certificate-authority-data': data('ca.crt') } }],
    users: [
      {
        name: user,
        user: { 'client-certificate-data': data(`${user}.crt`), 'client-key-data': data(`${user}.key`) },
      },
    ],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user } }],
    'current-context': CONTEXT,
  });
}
