// An API server that has a namespace kube-system and nothing else: enough to be recognised, too little to be changed.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export const clusterUid = '11111111-2222-4333-8444-555555555555';

export interface FakeCluster {
  server: string;
  /** `METHOD path` of every request. */
  requests: string[];
  stop(): void;
}

/** Starts it on a free port, and writes a kubeconfig for it to `kubeconfig`, its context called `context`. */
export async function startFakeCluster(kubeconfig: string, context: string): Promise<FakeCluster> {
  const requests: string[] = [];
  const listener = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${pathname}`);
    const answer = answers[pathname];
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: context, context: { cluster: 'fake', user: 'nobody' } }],
    'current-context': context,
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const stop = () => {
    listener.closeAllConnections();
    listener.close();
  };
  return { server, requests, stop };
}

const answers: Record<string, object | undefined> = {
  '/api/v1/namespaces/kube-system': {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', uid: clusterUid },
  },
  '/version': { major: '1', minor: '34', gitVersion: 'v1.34.2' },
};
