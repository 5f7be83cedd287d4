// The command `slipway scan`: an image of a registry, or one in a folder.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { credentialsFor } from '../../images/credentials.ts';
import { parseEndpoints } from '../../images/endpoints.ts';
import { writeLayout } from '../../images/oci-layout-write.ts';
import { type Platform, parsePlatform } from '../../images/platform.ts';
import { parseReference } from '../../images/reference.ts';
import { RegistryClient } from '../../images/registry.ts';
import { type ScanException, type ScanSettings, scanSchema } from '../../settings/scan.ts';
import { attachScan } from './attach.ts';
import { printReport } from './report.ts';
import { findSyft } from './sbom.ts';
import { assertPassed, type Scan, scanLayout } from './scan.ts';

export interface ScanCommand {
  database: string;
  threshold: string;
  /** YAML file with a list of exceptions. */
  ignore?: string;
  /** Ecosystems, comma-separated. */
  without?: string;
  /** Platforms that it must have, comma-separated. */
  platforms?: string;
  attach?: boolean;
  json?: boolean;
  endpoints: string;
}

/** Throws, after all is told, where the image is refused. */
export async function runScan(image: string, command: ScanCommand, print: (text: string) => void): Promise<void> {
  const settings = await settingsOf(command);
  const platforms = command.platforms?.split(',').map(platform => parsePlatform(platform.trim()));
  const isFolder = await stat(join(image, 'index.json')).then(
    () => true,
    () => false,
  );
  if (isFolder && command.attach) {
    throw new Error(`${image} is a folder, which keeps no reports; push it, and give --attach with its reference`);
  }
  const scan = isFolder
    ? await scanLayout(await findSyft(), image, settings, { platforms })
    : await scanReference(image, command, settings, platforms);
  const { report } = scan;
  print(command.json ? `${JSON.stringify(report, undefined, 2)}\n` : `${printReport(report).join('\n')}\n`);
  if (report.verdict === 'passed') return;
  // The lines are told already, unless they were asked for as data.
  if (command.json) assertPassed(image, report);
  throw new Error(
    `${image}: refused; raise the packages and build again, or name an id with its reason in a list for --ignore (docs/scanning.md)`,
  );
}

async function scanReference(
  text: string,
  { attach, endpoints }: ScanCommand,
  settings: ScanSettings,
  platforms?: readonly Platform[],
): Promise<Scan> {
  const ref = parseReference(text);
  const client = new RegistryClient({ endpoints: parseEndpoints(endpoints), credentials: credentialsFor });
  const syft = await findSyft();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-scan-'));
  try {
    const { digest } = await writeLayout(client, ref, folder);
    const scan = await scanLayout(syft, folder, settings, { digest, platforms });
    if (attach) await attachScan(client, ref, scan);
    return scan;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function settingsOf({ database, threshold, ignore, without }: ScanCommand): Promise<ScanSettings> {
  const read = scanSchema.safeParse({
    database,
    threshold,
    ignore: ignore === undefined ? [] : await exceptionsOf(ignore),
    without: without?.split(',').map(part => part.trim()),
  });
  if (read.success) return read.data;
  throw new Error(z.prettifyError(read.error));
}

async function exceptionsOf(file: string): Promise<ScanException[]> {
  const read: unknown = parse(await readFile(file, 'utf8'));
  if (Array.isArray(read)) return read;
  throw new Error(`${file}: expected a list of {id, reason, until}`);
}
