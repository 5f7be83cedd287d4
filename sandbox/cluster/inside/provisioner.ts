// The process that runs provision(): twice a second, which one node's API server does not notice.

import { NETWORK } from '../../config.ts';
import { Api } from '../api.ts';
import { INSIDE } from '../layout.ts';
import { provision } from './volumes.ts';

const api = new Api({ port: NETWORK.apiPort, pki: INSIDE.pki });

for (;;) {
  await provision(api).catch((error: Error) => console.error(error.message));
  await new Promise(resolve => setTimeout(resolve, 500));
}
