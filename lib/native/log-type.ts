// The function that hears llama.cpp's log: callers write it, the addon calls it. Types only; log.ts has what happens
// when it throws.

/** How much a line of llama.cpp's log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Hears a line of llama.cpp's log, without its line break. */
export type Log = (level: LogLevel, text: string) => void
