// The stack's own files. Its configuration has been read by now: with a fault in it nothing can be asked at all.
import { messageOf } from '../../cluster/one-line.ts';
import { NOT_PINNED, WAITING } from '../../images/lock.ts';
import { type Check, fault, ok } from './finding.ts';

export const settingsChecks: Check[] = [
  {
    group: 'settings',
    name: 'lock',
    async ask(context) {
      const { settings } = context;
      let lock: Awaited<ReturnType<typeof context.lock>>;
      try {
        lock = await context.lock();
      } catch (error) {
        return fault(messageOf(error), `git log -p ${settings.lock}`);
      }
      const unpinned = Object.keys(lock.upstream).filter(name => lock.upstream[name] === NOT_PINNED);
      if (unpinned.length > 0) {
        return fault(
          `${settings.lock} does not pin ${unpinned.join(', ')}, and an up stops there`,
          `docker buildx imagetools inspect ${unpinned[0]}`,
        );
      }
      const upstream = `${Object.keys(lock.upstream).length} upstream images pinned`;
      if (settings.digests !== 'lock') return ok(`${settings.lock}: ${upstream}; services are not locked`);
      const entries = settings.services.map(({ name, image }) => ({ name, entry: lock.images[image] }));
      const absent = entries.filter(({ entry }) => entry === undefined).map(({ name }) => name);
      if (absent.length > 0) {
        return fault(`${settings.lock} has no entry for ${absent.join(', ')}`, `slipway pin ${settings.stack}`);
      }
      const waiting = entries.filter(({ entry }) => entry === WAITING).length;
      return ok(`${settings.lock}: ${upstream}; ${entries.length - waiting} services pinned, ${waiting} waiting`);
    },
  },
];
