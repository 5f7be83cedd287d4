// Stands in for Pulumi's command provider where its plugin can't be had (it is not published as a Go module). It serves
// `command:local:Command` for programs that use the @pulumi/command package; all else of that package is refused.
import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CheckResult, CreateResult, DiffResult, Provider, UpdateResult } from '@pulumi/pulumi/provider/index.js';
import { type CommandInputs, type CommandOutput, execute } from './execute.ts';
import { asSecret, holdsSecret, plain } from './values.ts';
import { version } from './version.ts';

type Values = Record<string, unknown>;
type State = CommandInputs & CommandOutput;

const outputs = ['stdout', 'stderr'];
const unsupported = ['archivePaths', 'assetPaths'];

export class CommandProvider implements Provider {
  version = version;
  #cancelled = new AbortController();

  async check(urn: string, _olds: unknown, news: Values): Promise<CheckResult> {
    const type = urn.split('::')[2]?.split('$').at(-1);
    if (type !== 'command:local:Command') {
      throw new Error(
        `the stand-in for the command provider serves command:local:Command, not ${type}; install the plugin: pulumi plugin install resource command ${version}`,
      );
    }
    const failures = unsupported
      .filter(property => news[property] !== undefined)
      .map(property => ({
        property,
        reason: 'the stand-in for the command provider does not read files; read them with the command',
      }));
    return { inputs: news, failures };
  }

  /** Other triggers replace the resource; any other change runs `update`, or `create` again. */
  async diff(_id: string, _urn: string, olds: Values, news: Values): Promise<DiffResult> {
    const keys = new Set([...Object.keys(olds), ...Object.keys(news)].filter(key => !outputs.includes(key)));
    const changed = [...keys].filter(key => !isDeepStrictEqual(plain(olds[key]), plain(news[key])));
    return { changes: changed.length > 0, replaces: changed.filter(key => key === 'triggers') };
  }

  async create(urn: string, inputs: Values): Promise<CreateResult> {
    const name = urn.split('::').at(-1);
    return {
      id: `${name}${randomBytes(4).toString('hex')}`,
      outs: await this.#run((inputs as CommandInputs).create, inputs, undefined),
    };
  }

  async update(_id: string, _urn: string, olds: Values, news: Values): Promise<UpdateResult> {
    const { create, update } = news as CommandInputs;
    return { outs: await this.#run(update ?? create, news, olds) };
  }

  async delete(_id: string, _urn: string, state: Values): Promise<void> {
    await this.#run((state as CommandInputs).delete, state, state);
  }

  async cancel(): Promise<void> {
    this.#cancelled.abort();
  }

  /** The inputs and what the command wrote, which is as secret as what went in. */
  async #run(command: unknown, inputs: Values, before: Values | undefined): Promise<Values> {
    const previous = before && (plain(before) as State);
    const secret = holdsSecret(inputs);
    const settings = plain(inputs) as CommandInputs;
    const line = plain(command) as string | undefined;
    const wrote = line
      ? await execute(line, secret ? { ...settings, logging: 'none' } : settings, previous, this.#cancelled.signal)
      : { stdout: previous?.stdout ?? '', stderr: previous?.stderr ?? '' };
    if (!secret) return { ...inputs, ...wrote };
    return { ...inputs, stdout: asSecret(wrote.stdout), stderr: asSecret(wrote.stderr) };
  }
}
