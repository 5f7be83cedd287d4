// Waiting for a program that another one needs.

import { existsSync } from 'node:fs';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import { connect } from 'node:net';

/** What to ask: a unix socket that accepts, a URL that answers 200, a file that is there, or all of several. */
export type Probe = { socket: string } | { url: string } | { file: string } | { all: Probe[] };

/** Whether it answers now. Certificates are checked against Node's authorities (NODE_EXTRA_CA_CERTS). */
export async function answers(probe: Probe): Promise<boolean> {
  if ('all' in probe) return (await Promise.all(probe.all.map(answers))).every(Boolean);
  if ('file' in probe) return existsSync(probe.file);
  return 'socket' in probe ? socketAnswers(probe.socket) : urlAnswers(probe.url);
}

/** Resolves once it answers; asks every 100 ms, without end: the one who waits for the whole start has the limit. */
export async function waitFor(probe: Probe): Promise<void> {
  while (!(await answers(probe))) await new Promise(resolve => setTimeout(resolve, 100));
}

function socketAnswers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ path });
    const done = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.on('connect', () => done(true));
    socket.on('error', () => done(false));
  });
}

function urlAnswers(url: string): Promise<boolean> {
  return new Promise(resolve => {
    const request = (url.startsWith('https:') ? https : http)(url, { timeout: 2000, agent: false }, response => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', () => resolve(false));
    request.end();
  });
}
