// What a listener to llama.cpp's log is: what callers write, and what the addon calls. Types only.

/** How much a line of llama.cpp's log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Hears a line of llama.cpp's log, without its line break. */
export type Log = (level: LogLevel, text: string) => void
