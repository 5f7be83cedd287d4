// What a stand-in is: its true name, its platforms, and for each platform the layers that it is made of.
import type { Root, RootOptions } from '../../rootfs/root.ts';
import type { Report } from '../../tools/report.ts';
import type { Compression } from '../layer.ts';
import type { Architecture, RuntimeConfig } from '../layout.ts';
import type { Entry } from '../stage.ts';

/** What the recipes need to know of the built tools: the file of a tool, by its name in sandbox/tools. */
export interface ToolPaths {
  path(name: string): string;
}

export interface Context {
  /** $SLIPWAY_CACHE. */
  cache: string;
  tools: ToolPaths;
  report?: Report;
  signal?: AbortSignal;
  /** A Debian tree; the same request is made once. */
  root(options: Pick<RootOptions, 'arch' | 'packages' | 'exclude' | 'name'>): Promise<Root>;
}

/** One layer: a Debian tree as it is, or files put together by `entries` and then `fill`. */
export type Part =
  | { root: Root; exclude?: readonly string[] }
  | {
      entries: readonly Entry[];
      /** Completes the folder that `entries` were written to. */
      fill?: (folder: string) => Promise<void>;
      /** Changes whenever what `fill` writes does. */
      identity?: string;
    };

export interface Recipe {
  /** Prefix of its folder in the cache. */
  name: 'python' | 'node' | 'buildkit' | 'kaniko' | 'registry' | 'system' | 'nop' | 'debian';
  /** The full reference of the image that it stands in for, e.g. docker.io/library/python:3.11-slim. */
  reference: string;
  platforms: readonly Architecture[];
  compression: Compression;
  config: RuntimeConfig;
  /** One line for the image's history. */
  origin: string;
  /** The layers of a platform, lowest first. Cheap when all is in the cache: the image's key is made of the answer. */
  parts(context: Context, architecture: Architecture): Promise<Part[]>;
}

/** PATH of Debian's and Docker's images. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The packages that every Debian image has, minus what only an installed system needs. */
export const essential = [
  ...['apt', 'base-files', 'base-passwd', 'bash', 'ca-certificates', 'coreutils', 'dash', 'debian-archive-keyring'],
  ...['debianutils', 'diffutils', 'dpkg', 'findutils', 'grep', 'gzip', 'hostname', 'libc-bin', 'login', 'mawk'],
  ...['mount', 'ncurses-base', 'netbase', 'passwd', 'sed', 'tar', 'tzdata', 'util-linux'],
];
