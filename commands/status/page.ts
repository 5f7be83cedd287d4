// The status as one page: no script, nothing from elsewhere, readable on paper and in the dark.
import { shortDigest } from '../../images/digest.ts';
import { BOX_HEIGHT, type Box, type Layout, type Line, layOut, type Place } from './graph.ts';
import { absence, agesOf, counted, isSighting, notesOf, pinOf } from './report.ts';
import { isTrouble } from './state.ts';
import type { Seen, ServiceStatus, StackStatus } from './status.ts';

/** A whole HTML document. */
export function page(status: StackStatus): string {
  const { stack, system, asked, digests, services, bases } = status;
  const now = Date.parse(asked);
  const title = `${stack}: ${counted(status)}`;
  const notes = notesOf(status);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Stack ${escaped(stack)}</h1>
<p>${escaped(system)}, digests by ${escaped(digests)}, <time datetime="${escaped(asked)}">${escaped(asked.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC'))}</time>: ${escaped(counted(status))}.</p>
${notes.length > 0 ? `<ul class="notes">\n${notes.map(note => `<li>${escaped(note)}</li>`).join('\n')}\n</ul>\n` : ''}<h2>Images</h2>
<div class="graph" tabindex="0" role="group" aria-label="Graph of the images; the tables below say the same">
${drawn(status)}
</div>
<p class="legend">From left to right: images from outside, bases, services, the stack. A box with a broken border has to be looked at. A broken line leads to what was built on an older base.</p>
<h2>Services</h2>
<table>
<thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Wanted</th><th scope="col">Running</th><th scope="col">Built</th><th scope="col">Base</th></tr></thead>
<tbody>
${services.map(service => serviceRow(service, now)).join('\n')}
</tbody>
</table>
<h2>Bases</h2>
<table>
<thead><tr><th scope="col">Base</th><th scope="col">Built</th><th scope="col">Pipeline</th><th scope="col">From</th></tr></thead>
<tbody>
${bases
  .map(base =>
    row([
      escaped(`${base.repository}:${base.tag}`),
      cell(base.built, now),
      escaped(pinOf(base, 'builds on it')),
      base.upstreams.map(({ reference, digest }) => titled(reference, `${reference} ${digest}`)).join('<br>'),
    ]),
  )
  .join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`;
}

function serviceRow(service: ServiceStatus, now: number): string {
  const { name, state, wanted, running, built, base = '' } = service;
  const word = isTrouble(state) ? `<strong>${escaped(state)}</strong>` : escaped(state);
  const progress = service.progress === undefined ? word : `<span title="${escaped(service.progress)}">${word}</span>`;
  return row([escaped(name), progress, cell(wanted, now), cell(running, now), cell(built, now), escaped(base)]);
}

/** A row whose first cell names it; the others are HTML. */
function row([first = '', ...rest]: string[]): string {
  return `<tr><th scope="row">${first}</th>${rest.map(html => `<td>${html}</td>`).join('')}</tr>`;
}

function cell(seen: Seen, now: number): string {
  if (!isSighting(seen)) return `<span title="${seen === 'none' ? 'nothing' : 'not known'}">${absence[seen]}</span>`;
  const { digest, commit, since } = seen;
  const ages = agesOf(seen, now).map(text => `<time datetime="${escaped(since ?? '')}">${escaped(text)}</time>`);
  return [titled(shortDigest(digest), digest), titled(commit.slice(0, 12), `commit ${commit}`), ...ages].join(' ');
}

function titled(text: string, full: string): string {
  return `<code title="${escaped(full)}">${escaped(text)}</code>`;
}

/** The graph as one SVG element. */
export function drawn(status: StackStatus): string {
  const layout = layOut(status);
  const { width, height, boxes, frames, lines } = layout;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="graph-title graph-desc" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<title id="graph-title">Images of stack ${escaped(status.stack)}</title>
<desc id="graph-desc">${escaped(inWords(status, layout))}</desc>
${lines.map(line).join('\n')}
${frames.map(frame).join('\n')}
${boxes.map(box).join('\n')}
</svg>`;
}

function inWords({ services, bases }: StackStatus, { frames }: Layout): string {
  const on = bases.map(({ repository, tag, upstreams }) => {
    const names = services.filter(service => service.base === tag).map(({ name, state }) => `${name} (${state})`);
    const from = upstreams.map(({ reference }) => reference).join(' and ') || 'nothing known';
    return `${repository}:${tag}, from ${from}, is the base of ${names.join(', ') || 'no service'}.`;
  });
  return [...on, ...(frames.length > 0 ? ['Services of one base share a frame.'] : [])].join(' ');
}

function line({ from, to, old }: Line): string {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2].map(round);
  const bend = round((x1! + x2!) / 2);
  return `<path class="line${old ? ' old' : ''}" d="M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}"/>`;
}

function frame({ x, y, width, height }: Place): string {
  return `<rect class="frame" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="8"/>`;
}

function box({ name, detail, full, trouble, x, y, width }: Box): string {
  const [left, top] = [round(x), round(y)];
  return `<g class="box${trouble ? ' trouble' : ''}"><title>${escaped(full)}</title><rect x="${left}" y="${top}" width="${round(width)}" height="${BOX_HEIGHT}" rx="5"/><text class="name" x="${left + 10}" y="${top + 17}">${escaped(name)}</text><text x="${left + 10}" y="${top + 32}">${escaped(detail)}</text></g>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text for HTML and SVG, in elements and in quoted attributes; control characters, which XML does not know, go. */
export function escaped(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '').replace(/[&<>"']/g, c => entities[c]!);
}

const style = `
:root { --ink: #1b1f24; --dim: #57606a; --ground: #ffffff; --box: #f3f5f8; --line: #8c959f; --trouble: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --dim: #9aa4af; --ground: #14181d; --box: #1f262e; --line: #66707b; --trouble: #ff8a7a; }
}
@media print {
  :root { --ink: #000; --dim: #444; --ground: #fff; --box: #fff; --line: #666; --trouble: #900; }
  .graph { overflow: visible; }
  .graph svg { max-width: 100%; height: auto; }
  tr { break-inside: avoid; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 80rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; margin: 0.5rem 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
code, svg text { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
code { font-size: 0.9em; }
.graph { overflow-x: auto; }
.legend, .notes, td time { color: var(--dim); }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--line); }
tbody th { font-weight: 500; white-space: nowrap; }
strong { color: var(--trouble); }
svg text { font-size: 12px; fill: var(--dim); }
svg .name { fill: var(--ink); font-weight: 600; }
.box rect { fill: var(--box); stroke: var(--line); }
.box.trouble rect { stroke: var(--trouble); stroke-width: 2; stroke-dasharray: 6 3; }
.frame { fill: none; stroke: var(--line); }
.line { fill: none; stroke: var(--line); }
.line.old { stroke-dasharray: 4 4; }
`;
