// No room: under the registry in a run and in a base build, under a builder.
import assert from 'node:assert/strict';
import { pushOnFull, withFullBuilder, withFullRegistry } from '../cluster/scenarios/disk-full.ts';
import { beginUp } from '../cluster/support/act.ts';
import { withChange } from '../cluster/support/checkout.ts';
import { assertSound } from '../cluster/support/recovered.ts';
import type { FaultCase } from './faults.ts';
import { newBase } from './kills.ts';

const quoted = (text: string) => `“${text.slice(0, 200)}”; with room an empty push built it`;
const full = /the disk under the registry is full/;

export const diskCases: FaultCase[] = [
  {
    name: 'disk-registry-run',
    what: 'no room under the registry, in a run',
    random: false,
    run: async (fixture, before) => {
      const said = await withFullRegistry(fixture, disk => pushOnFull(fixture, disk, 'full-registry', full));
      await assertSound(fixture, before);
      return quoted(said);
    },
  },
  {
    name: 'disk-registry-base',
    what: 'no room under the registry, in an `up` with a new base',
    random: false,
    run: async (fixture, before) => {
      const said = await withChange(newBase(), from =>
        withFullRegistry(fixture, async disk => {
          const cut = await beginUp(fixture, from).ended;
          assert.notEqual(cut.status, 0);
          assert.match(cut.output, full);
          await disk.leave(4 * 2 ** 30);
          const again = await beginUp(fixture, from).ended;
          assert.equal(again.status, 0, again.output);
          return cut.output
            .split('\n')
            .find(line => full.test(line))!
            .trim();
        }),
      );
      const back = await fixture.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
      assert.equal(back.status, 0, back.output);
      await assertSound(fixture, before);
      return `“${said}”; the second up finished`;
    },
  },
  {
    name: 'disk-builder-run',
    what: 'no room under a BuildKit daemon of the cluster, in a run',
    random: false,
    run: async (fixture, before) => {
      const why = /the disk of the builder tcp:\S+ (is full|can't be written)/;
      const said = await withFullBuilder(fixture, disk => pushOnFull(fixture, disk, 'full-builder', why));
      await assertSound(fixture, before);
      return quoted(said);
    },
  },
];
