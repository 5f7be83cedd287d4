// Started by Pulumi as the plugin resource-command; the launcher that Pulumi finds is made by ../pulumi-home.ts.
import { main } from '@pulumi/pulumi/provider/index.js';
import { CommandProvider } from './provider.ts';

await main(new CommandProvider(), process.argv.slice(2));
