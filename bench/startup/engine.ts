// A stand-in for Pulumi's engine: it takes what a program registers, and tells when the first resource came.
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const require = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc = require('@grpc/grpc-js');
const { Struct } = require('google-protobuf/google/protobuf/struct_pb.js');
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');
const resource = require('@pulumi/pulumi/proto/resource_pb.js');
const engine = require('@pulumi/pulumi/proto/engine_pb.js');
const { ResourceMonitorService } = require('@pulumi/pulumi/proto/resource_grpc_pb.js');
const { EngineService } = require('@pulumi/pulumi/proto/engine_grpc_pb.js');

export interface StandIn {
  address: string;
  /** When (performance.now) the program registered the first resource of its own, not the stack. */
  first: Promise<number>;
  /** What the program logged as an error. */
  errors: string[];
  stop(): void;
}

// biome-ignore lint/suspicious/noExplicitAny: Pulumi's generated messages
type Call = { request: any };
// biome-ignore lint/suspicious/noExplicitAny: Pulumi's generated messages
type Answer = (error: Error | null, message?: any) => void;

export async function startEngine(): Promise<StandIn> {
  const errors: string[] = [];
  let saw: (now: number) => void = () => {};
  const first = new Promise<number>(resolve => {
    saw = resolve;
  });
  const empty = (_: Call, answer: Answer) => answer(null, new Empty());
  const server = new grpc.Server();
  server.addService(ResourceMonitorService, {
    ...unanswered(ResourceMonitorService),
    supportsFeature: (_: Call, answer: Answer) => {
      const message = new resource.SupportsFeatureResponse();
      message.setHassupport(true);
      answer(null, message);
    },
    registerResource: ({ request }: Call, answer: Answer) => {
      if (request.getType() !== 'pulumi:pulumi:Stack') saw(performance.now());
      const message = new resource.RegisterResourceResponse();
      message.setUrn(`urn:pulumi:local::slipway::${request.getType()}::${request.getName()}`);
      message.setId(request.getName());
      message.setObject(request.getObject() ?? new Struct());
      answer(null, message);
    },
    registerResourceOutputs: empty,
    signalAndWaitForShutdown: empty,
  });
  server.addService(EngineService, {
    ...unanswered(EngineService),
    log: ({ request }: Call, answer: Answer) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage());
      answer(null, new Empty());
    },
    setRootResource: (_: Call, answer: Answer) => answer(null, new engine.SetRootResourceResponse()),
    getRootResource: (_: Call, answer: Answer) => answer(null, new engine.GetRootResourceResponse()),
  });
  const port: number = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error: Error | null, bound: number) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return { address: `127.0.0.1:${port}`, first, errors, stop: () => server.forceShutdown() };
}

/** Every method of a service, refused: the programs that are measured ask for none of them. */
function unanswered(service: Record<string, { path: string }>): Record<string, unknown> {
  const refuse = (path: string) => (_: Call, answer: Answer) =>
    answer(Object.assign(new Error(`${path} is not answered here`), { code: grpc.status.UNIMPLEMENTED }));
  return Object.fromEntries(Object.entries(service).map(([method, { path }]) => [method, refuse(path)]));
}
