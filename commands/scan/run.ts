// The command `slipway scan`: an image of a registry, or one in a folder.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import * as z from 'zod';
import { credentialsFor } from '../../images/credentials.ts';
import { type Endpoint, parseEndpoints } from '../../images/endpoints.ts';
import { type Platform, parsePlatform } from '../../images/platform.ts';
import { parseReference } from '../../images/reference.ts';
import { RegistryClient } from '../../images/registry.ts';
import { type ScanException, type ScanSettings, scanSchema } from '../../settings/scan.ts';
import { settingsOf } from '../stack-file.ts';
import { scanAskedBy } from './asked.ts';
import { attachScan } from './attach.ts';
import { catalogueLayout, catalogueReference } from './catalogue.ts';
import { printReport } from './report.ts';
import { findSyft } from './sbom.ts';
import { assertPassed, type Scan, scanImage } from './scan.ts';

export interface ScanCommand {
  /** The stack whose settings say how it is scanned, and where its registry is reached. */
  stack?: string;
  /** File that says how, as a stack does; `-`: standard input. */
  settings?: string;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
  /** This and the next three in place of a stack or of settings. */
  database?: string;
  threshold?: string;
  /** YAML file with a list of exceptions. */
  ignore?: string;
  /** Ecosystems, comma-separated. */
  without?: string;
  /** Platforms that it must have, comma-separated. */
  platforms?: string;
  attach?: boolean;
  json?: boolean;
  /** Says nothing but what is refused. */
  quiet?: boolean;
  endpoints: string;
}

/** How it is scanned, and where registries are reached. */
interface Means {
  settings: ScanSettings;
  endpoints: Endpoint[];
}

/** Throws, after all is told, where the image is refused. */
export async function runScan(image: string, command: ScanCommand, print: (text: string) => void): Promise<void> {
  const means = await meansOf(command);
  const platforms = command.platforms?.split(',').map(platform => parsePlatform(platform.trim()));
  const isFolder = await stat(join(image, 'index.json')).then(
    () => true,
    () => false,
  );
  if (isFolder && command.attach) {
    throw new Error(`${image} is a folder, which keeps no reports; push it, and give --attach with its reference`);
  }
  const { report } = isFolder
    ? await scanImage(await catalogueLayout(await findSyft(), image, { platforms }), means.settings)
    : await scanReference(image, means, command.attach, platforms);
  const { json, quiet } = command;
  if (!quiet) print(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${printReport(report).join('\n')}\n`);
  if (report.verdict === 'passed') return;
  // The lines are told already, unless they were asked for as data or not at all.
  if (json || quiet) assertPassed(image, report);
  const list =
    command.stack === undefined ? 'a list for --ignore' : `slipway:scan.ignore of Pulumi.${command.stack}.yaml`;
  throw new Error(
    `${image}: refused; raise the packages and build again, or name an id with its reason in ${list} (docs/scanning.md)`,
  );
}

async function scanReference(
  image: string,
  { settings, endpoints }: Means,
  attach?: boolean,
  platforms?: readonly Platform[],
): Promise<Scan> {
  const ref = parseReference(image);
  const client = new RegistryClient({ endpoints, credentials: credentialsFor });
  const scan = await scanImage(await catalogueReference(await findSyft(), client, ref, platforms), settings);
  if (attach) await attachScan(client, ref, scan);
  return scan;
}

async function meansOf(command: ScanCommand): Promise<Means> {
  const { stack: name, settings: file, stacks, database, threshold, ignore, without } = command;
  const given = Object.entries({ stack: name, settings: file, database }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) throw new Error(oneOf(given.map(([flag]) => flag)));
  const only = Object.entries({ threshold, ignore, without }).filter(([, value]) => value !== undefined);
  if (database === undefined && only.length > 0) {
    throw new Error(`${only.map(([flag]) => `--${flag}`).join(', ')}: only with --database; ${given[0]![0]} says it`);
  }
  const endpoints = parseEndpoints(command.endpoints);
  if (name !== undefined) {
    const { scan, registry } = await askedBy(name, stacks);
    return { settings: scan, endpoints: [...endpoints, { ...registry, url: registry.endpoint }] };
  }
  if (file !== undefined) {
    const written: unknown = parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
    return { settings: readScan(written), endpoints };
  }
  const exceptions = ignore === undefined ? [] : await exceptionsOf(ignore);
  const list = without?.split(',').map(part => part.trim());
  return { settings: readScan({ database, threshold, ignore: exceptions, without: list }), endpoints };
}

function oneOf(given: readonly string[]): string {
  const found = given.length === 0 ? 'none of them' : given.map(flag => `--${flag}`).join(' and ');
  return `found ${found}; expected one of --stack, --settings and --database, which say how it is scanned`;
}

async function askedBy(name: string, stacks?: string) {
  const settings = await settingsOf(name, stacks);
  const scan = scanAskedBy(settings);
  if (scan) return { scan, registry: settings.registry };
  throw new Error(`Pulumi.${name}.yaml asks for no scan; set slipway:scan.database there, or give --database here`);
}

function readScan(settings: unknown): ScanSettings {
  const read = scanSchema.safeParse(settings);
  if (read.success) return read.data;
  throw new Error(z.prettifyError(read.error));
}

async function exceptionsOf(file: string): Promise<ScanException[]> {
  const read: unknown = parse(await readFile(file, 'utf8'));
  if (Array.isArray(read)) return read;
  throw new Error(`${file}: expected a list of {id, reason, until}`);
}
