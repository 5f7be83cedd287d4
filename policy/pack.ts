// The rules as a policy pack: `pulumi preview --policy-pack policy`, and `up`. Pulumi starts it by the script beside it,
// reads the port that it prints, and asks about each resource before it touches it.
//
// Not on @pulumi/policy: that one opens secrets before a rule sees them, and passes over a resource with a value that
// is not known yet. These rules need to tell both apart.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { AnalyzerService } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer from '@pulumi/pulumi/proto/analyzer_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import { credentialsFor } from '../images/credentials.ts';
import { parseLock } from '../images/lock.ts';
import { RegistryClient } from '../images/registry.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { resourceOf } from './declared.ts';
import { exceptionsOf } from './exceptions.ts';
import { factsOf } from './facts.ts';
import { excuses, staleExceptions, type Violation, violationsOf } from './judge.ts';
import type { Resource } from './resource.ts';
import { rules } from './rules.ts';

const name = 'slipway';
const version = '1.0.0';
const checkout = join(import.meta.dirname, '..');

// Pulumi hands the stack's configuration over in the environment.
const { PULUMI_STACK: stack = '', PULUMI_CONFIG: config = '{}' } = process.env;

const { facts, exceptions } = await prepare().catch((error: Error) => {
  console.error(`slipway policy: ${error.message}`);
  process.exit(1);
});
/** What was asked about, and what was found: exceptions are judged at the end. */
const seen: { resources: Resource[]; violations: Violation[] } = { resources: [], violations: [] };

async function prepare() {
  const settings = readSettings(stack, JSON.parse(config) as Record<string, string>);
  const { registry, lock: file } = settings;
  const lock = parseLock(await readFile(resolve(checkout, file), 'utf8'), file);
  const endpoint = { name: registry.name, aliases: registry.aliases, url: registry.endpoint };
  const client = new RegistryClient({ endpoints: [endpoint], credentials: credentialsFor });
  return {
    facts: factsOf(settings, lock, { secretTexts: secretsOf(settings), allSecrets: false }, client),
    exceptions: exceptionsOf(settings.system),
  };
}

function secretsOf(settings: Settings): string[] {
  const { registryTls, registryHtpasswd, registryCredentials, registryS3, webhookSecret } = settings;
  const git = Object.values(settings.gitCredentials).flatMap(({ token, key }) => [token, key]);
  const texts = [
    ...[registryTls?.certificate, registryTls?.key, registryHtpasswd, registryCredentials?.password],
    ...[registryS3?.accessKey, registryS3?.secretKey, webhookSecret],
    ...[...git, ...Object.values(settings.buildSecrets)],
  ];
  return texts.filter(text => text !== undefined);
}

async function analyze(request: analyzer.AnalyzeRequest): Promise<analyzer.AnalyzeResponse> {
  const inputs = request.getProperties()?.toJavaScript() ?? {};
  const resource = resourceOf(request.getType(), request.getName(), inputs as Record<string, unknown>);
  const violations = await violationsOf(resource, facts);
  seen.resources.push(resource);
  seen.violations.push(...violations);
  return answer(violations.filter(violation => !exceptions.some(exception => excuses(exception, violation))));
}

function analyzeStack(): analyzer.AnalyzeResponse {
  return answer(staleExceptions(exceptions, seen.violations, seen.resources));
}

function answer(violations: readonly Violation[]): analyzer.AnalyzeResponse {
  const response = new analyzer.AnalyzeResponse();
  for (const { rule, resource, path, found, allowed, remedy } of violations) {
    const diagnostic = new analyzer.AnalyzeDiagnostic();
    diagnostic.setPolicyname(rule);
    diagnostic.setPolicypackname(name);
    diagnostic.setPolicypackversion(version);
    diagnostic.setDescription(rules.find(one => one.name === rule)?.keeps ?? 'every exception is needed');
    diagnostic.setMessage(`${resource}: ${path}: found ${found}; allowed: ${allowed}; ${remedy}`);
    diagnostic.setEnforcementlevel(analyzer.EnforcementLevel.MANDATORY);
    response.addDiagnostics(diagnostic);
  }
  return response;
}

function info(): analyzer.AnalyzerInfo {
  const all = new analyzer.AnalyzerInfo();
  all.setName(name);
  all.setVersion(version);
  for (const { name: rule, keeps } of rules) {
    const policy = new analyzer.PolicyInfo();
    policy.setName(rule);
    policy.setDescription(keeps);
    policy.setEnforcementlevel(analyzer.EnforcementLevel.MANDATORY);
    all.addPolicies(policy);
  }
  return all;
}

/** A handler of gRPC's that answers what `work` gives. */
function handler<Request, Response>(work: (request: Request) => Promise<Response> | Response) {
  return async (call: ServerUnaryCall<Request, Response>, done: sendUnaryData<Response>) => {
    try {
      done(null, await work(call.request));
    } catch (error) {
      done(error as Error);
    }
  };
}

const server = new Server({ 'grpc.max_receive_message_length': -1 });
server.addService(AnalyzerService, {
  analyze: handler(analyze),
  analyzeStack: handler(analyzeStack),
  getAnalyzerInfo: handler(info),
  getPluginInfo: handler(() => new plugin.PluginInfo().setVersion(version)),
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
