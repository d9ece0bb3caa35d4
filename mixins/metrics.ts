/**
 * What operators watch, on a port of its own: `/metrics` in Prometheus' text format, `/livez` and
 * `/readyz`. The numbers are the broker's; its reporter is asked here instead of listening itself.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { METRIC, type MetricRegistry, MetricReporters } from 'moleculer'
import { EnvError } from '../kernel/env.ts'

const LOOP_DELAY = 'stoa.eventloop.delay.seconds'

export class MetricsReporter extends MetricReporters.Prometheus {
  declare defaultLabels: Record<string, string>
  private readonly loopDelay = monitorEventLoopDelay({ resolution: 20 })

  constructor() {
    // The command line may bear what is nobody's business.
    super({ excludes: ['process.arguments'] })
  }

  /** Unlike its parent it does not listen. */
  override init(registry: MetricRegistry): void {
    this.registry = registry
    this.broker = registry.broker
    this.logger = registry.broker.getLogger('metrics')
    this.defaultLabels = { nodeID: registry.broker.nodeID }
    registry.register({
      type: METRIC.TYPE_GAUGE,
      name: LOOP_DELAY,
      description: '99th percentile of the event loop delay since the last scrape',
      unit: 'seconds',
    })
    this.loopDelay.enable()
  }

  override async stop(): Promise<void> {
    this.loopDelay.disable()
  }

  text(): string {
    this.registry.set(LOOP_DELAY, this.loopDelay.percentile(99) / 1e9)
    this.loopDelay.reset()
    return this.generatePrometheusResponse()
  }
}

export interface MetricsServer {
  stop(): Promise<void>
}

/**
 * @param missing what the node still waits for before it can serve
 * @throws EnvError the port cannot be listened on
 */
export async function startMetricsServer(
  { host, metricsPort }: { host: string; metricsPort: number },
  reporter: MetricsReporter,
  missing: () => readonly string[],
): Promise<MetricsServer> {
  const answers: Record<string, () => [status: number, type: string, body: string]> = {
    '/metrics': () => [200, 'text/plain; version=0.0.4', reporter.text()],
    '/livez': () => [200, 'application/json', '{"live":true}'],
    '/readyz'() {
      const waitsFor = missing()
      const body = JSON.stringify({ ready: waitsFor.length === 0, missing: waitsFor })
      return [waitsFor.length === 0 ? 200 : 503, 'application/json', body]
    },
  }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined
    const [status, type, body] = answer?.() ?? [404, 'text/plain', 'not found\n']
    response.writeHead(status, { 'Content-Type': type }).end(body)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new EnvError(`METRICS_PORT ${metricsPort} cannot be listened on (${error.code})`)),
    )
    server.listen(metricsPort, host, resolve)
  })
  return {
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
