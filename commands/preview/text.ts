// A report for a terminal.
import type { Report } from './report.ts';
import { endsOf, first, headline, lines, oneLine, otherLine, sourceOf } from './words.ts';

export function printText(report: Report): string {
  const { stack, rolls, rebuilds, others, notes, faults } = report;
  const width = Math.max(0, ...rolls.map(({ service }) => service.length));
  const sections: [string, string[]][] = [
    [
      'Rolls (digest, source commit)',
      rolls.flatMap(roll => [
        `  ${oneLine(roll.service).padEnd(width)}  ${endsOf(roll)
          .map(end => oneLine(end))
          .join(' → ')}  ${sourceOf(roll)}`.trimEnd(),
        ...first(roll.commits ?? [], 20).map(commit => `  ${' '.repeat(width)}  ${oneLine(commit)}`),
      ]),
    ],
    [
      'Rebuilds',
      rebuilds.flatMap(({ image, reasons, dependents }) => [
        `  ${oneLine(image)}`,
        ...reasons.map(reason => `    ${oneLine(reason)}`),
        ...(dependents.length > 0 ? [`    then built on it: ${dependents.map(name => oneLine(name)).join(', ')}`] : []),
      ]),
    ],
    ['Other changes', others.map(other => `  ${oneLine(otherLine(other))}`)],
    ['Notes', notes.map(note => `  ${oneLine(note, 1000)}`)],
    [
      'Faults',
      faults.flatMap(({ message, resource }) =>
        [...(resource ? [`${oneLine(resource)}:`] : []), ...lines(message)].map(line => `  ${line}`),
      ),
    ],
  ];
  const body = sections.flatMap(([title, items]) => (items.length > 0 ? ['', title, ...items] : []));
  return `${[`${stack}: ${headline(report)}`, ...body].join('\n')}\n`;
}
