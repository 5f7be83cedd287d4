// Asks a service of the cluster through the sandbox's door, as a browser on this machine would.
import { request } from 'node:http';
import type { SandboxConfig } from './config.ts';

export interface Address {
  name: string;
  namespace: string;
}

export const addressOf = (config: SandboxConfig, service: Address) =>
  `http://${service.name}.${service.namespace}.localhost:${config.ports.door}/`;

/** GET; the host name goes into the header alone, as not every resolver knows *.localhost. @throws unless 200. */
export function ask(config: SandboxConfig, service: Address, path: string): Promise<string> {
  const address = addressOf(config, service);
  return new Promise((resolve, reject) => {
    const get = request(
      { host: '127.0.0.1', port: config.ports.door, path, headers: { host: new URL(address).host }, timeout: 10_000 },
      answer => {
        let body = '';
        answer.setEncoding('utf8').on('data', text => {
          body += text;
        });
        answer.on('end', () =>
          answer.statusCode === 200
            ? resolve(body)
            : reject(new Error(`GET ${address}${path.slice(1)}: ${answer.statusCode} ${body.slice(0, 200)}`)),
        );
      },
    );
    get.on('timeout', () => get.destroy(new Error(`GET ${address}: no answer within 10 s`)));
    get.on('error', reject);
    get.end();
  });
}
