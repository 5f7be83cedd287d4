// Everything that the machine reaches through 127.0.0.1, on the listeners that this process inherited.
// Arguments: `<fd>=<host>:<port>` forwards, `<fd>=door` is the HTTP door.

import { clusterDns, door } from './door.ts';
import { forward } from './forward.ts';

for (const argument of process.argv.slice(2)) {
  const [fd, target] = argument.split('=') as [string, string];
  if (target === 'door') {
    door(clusterDns()).listen({ fd: Number(fd) });
  } else {
    const colon = target.lastIndexOf(':');
    forward(Number(fd), target.slice(0, colon), Number(target.slice(colon + 1)));
  }
}
