// An OpenTelemetry SDK that keeps what it was told, for as long as a test runs. Decides how contexts follow promises.
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, type ContextManager, context, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

class FollowingContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#storage.run(active, () => work.call(self as never, ...args))
  }

  bind<T>(_active: Context, target: T): T {
    return target
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}

class Pulled extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

export interface Point {
  readonly value: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Telemetry {
  /** Spans that ended, in the order they ended. */
  spans(): readonly ReadableSpan[]
  /** The points of each metric, by its name; a metric without points is left out. */
  metrics(): Promise<ReadonlyMap<string, readonly Point[]>>
  dispose(): Promise<void>
}

/** Registers itself for the whole process; one at a time. */
export function telemetry(): Telemetry {
  const exporter = new InMemorySpanExporter()
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const reader = new Pulled()
  const meters = new MeterProvider({ readers: [reader] })
  trace.setGlobalTracerProvider(tracers)
  metrics.setGlobalMeterProvider(meters)
  context.setGlobalContextManager(new FollowingContexts())
  return {
    spans: () => exporter.getFinishedSpans(),
    metrics: async () => {
      const { resourceMetrics } = await reader.collect()
      const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      return new Map(
        all.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints as readonly Point[]]),
      )
    },
    dispose: async () => {
      trace.disable()
      metrics.disable()
      context.disable()
      await tracers.shutdown()
      await meters.shutdown()
    },
  }
}
