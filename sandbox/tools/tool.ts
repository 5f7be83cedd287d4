// What a tool is: a name, a version, the programs it gives, and how they are had.

export type GoArchitecture = 'amd64' | 'arm64';

/** Programs built from a pinned Go module: a folder of modules/ whose go.sum holds every checksum. */
export interface GoBuild {
  how: 'go';
  /** Folder below modules/. */
  module: string;
  arch: GoArchitecture;
  /** Package by the name that its program gets. */
  packages: Record<string, string>;
  /** Program by the further names that it is called by. */
  links?: Record<string, string>;
  /** Variables set by the linker, import path and name → value. */
  variables?: Record<string, string>;
  /** JSON files that the main package embeds and that its module has in another form. */
  embeds?: Embed[];
}

export interface Embed {
  module: string;
  /** Path inside the module. */
  file: string;
  /** Name beside the main package. */
  as: string;
  /** Top-level keys to set. */
  set: Record<string, string>;
}

/** A program that an npm package of this project brings. */
export interface NpmProgram {
  how: 'npm';
  /** Path inside node_modules by program. */
  files: Record<string, string>;
}

/** Where a program that the machine has already may be used instead. Never for what runs inside the node or an image. */
export type Machine =
  /** `ask` prints a version in `range`; the tool's programs, and `beside`, lie in the folder of the program asked. */
  | { ask: [string, ...string[]]; range: string; beside: string[] }
  /** A plugin folder of the user's own Pulumi. */
  | { plugin: string };

export interface Tool {
  name: string;
  version: string;
  source: GoBuild | NpmProgram;
  machine?: Machine;
  /** Whether people and Pulumi call its programs by name, and so want its folder on their PATH. */
  onPath?: boolean;
  /** Left out of a start unless what is started asks for it by name. */
  asked?: true;
  /** CPU seconds of a build from nothing, as measured; a guess at how long it takes and how much disk it fills. */
  cpuSeconds?: number;
}

/** Every name that a tool's programs are called by. */
export function programsOf({ source }: Tool): string[] {
  if (source.how === 'npm') return Object.keys(source.files);
  return [...Object.keys(source.packages), ...Object.keys(source.links ?? {})];
}
