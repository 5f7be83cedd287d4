// Configuration of the two faces of the registry: one set of images, HTTP inside, TLS and passwords outside.
import { stringify } from 'yaml';

const common = {
  version: 0.1,
  log: { level: 'info', accesslog: { disabled: true } },
  storage: {
    filesystem: { rootdirectory: '/var/lib/registry' },
    delete: { enabled: true },
    // What pushes that were cut off have left takes room; no push takes a day.
    maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '1h', dryrun: false } },
    // No cache of blob descriptors: two processes share the storage, and a cache would not see the other's deletions.
  },
  health: { storagedriver: { enabled: true, interval: '10s', threshold: 3 } },
};

/** What a client must not be sent to another host for: redirects and upload locations stay relative. */
const relativeurls = true;

export const insideConfig = stringify({ ...common, http: { addr: ':5000', relativeurls } });

export const outsideConfig = stringify({
  ...common,
  auth: { htpasswd: { realm: 'registry', path: '/secret/htpasswd' } },
  http: { addr: ':5443', relativeurls, tls: { certificate: '/secret/tls.crt', key: '/secret/tls.key' } },
});
