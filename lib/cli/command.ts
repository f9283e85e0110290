// What a command of `espalier` is to the command line: its words, its options, and what it does. Types only;
// run-line.ts reads the line, prints help and errors, and chooses exit codes. A command touches the process by its Call
// alone, so that a test can hand it another one. What is heavy, a command imports when it runs.
import type { Progress } from './progress.js'

export interface Command {
  readonly name: string
  /**
   * Arguments, as help shows them: '<file>' must be there, '[model]' may, '[...files]' are any number, '<bash|zsh>' is
   * one of these words; '' for none.
   */
  readonly takes: string
  /** In one line. */
  readonly says: string
  readonly options: readonly CommandOption[]
  /** Whole lines to type, for help. */
  readonly examples: readonly string[]
  /**
   * Throws UsageError, PromptError, ConstraintError, CapabilityError, ModelError MODEL_* and DEVICE_* for what the
   * caller has to change (exit code 2), any other EspalierError for work that failed (1), anything once the signal is
   * aborted (130).
   */
  run(call: Call): Promise<void>
}

export interface CommandOption {
  /** '--seed <n>', '--json', '-h, --help'; '--gpu <auto|off>' takes one of these words. */
  readonly flags: string
  /** In one line; with the default, where there is one. */
  readonly says: string
  /** 'flag': there or not. 'text', 'number': with a value; the last one counts. 'list': with a value, and repeated. */
  readonly kind: 'flag' | 'text' | 'number' | 'list'
}

/** One use of a command. */
export interface Call {
  readonly args: readonly string[]
  readonly options: CallOptions
  readonly terminal: Terminal
  /** Aborted by the first Ctrl-C; a second one ends the process. */
  readonly signal: AbortSignal
}

/**
 * What was written behind the command. Names are without dashes, and among those of the command: 'seed', 'trace'. Read
 * all of them before any work, since numbers are checked when they are asked for.
 */
export interface CallOptions {
  /** Whether the flag is there. */
  flag(name: string): boolean
  /** Null: it is not there. Never empty; one of the words where the option lists words. */
  text(name: string): string | null
  /** Null: it is not there. Throws UsageError ARGUMENT_INVALID for what is no whole number of the range. */
  whole(name: string, range: NumberRange): number | null
  /** As `whole`, for any number. */
  number(name: string, range: NumberRange): number | null
  /** [] where it is not there. */
  list(name: string): readonly string[]
}

/** Both ends belong to it. */
export interface NumberRange {
  readonly from: number
  readonly until: number
}

export interface Terminal {
  /** Keys and piped text. */
  readonly input: NodeJS.ReadableStream
  /** A result, as it stands: stdout. */
  write(text: string): void
  /** What a person is told beside the result, a line: stderr. It never stands behind half a line on a screen. */
  note(text: string): void
  /** How far a long job is: stderr, on a terminal only. */
  readonly progress: Progress
  /** Whether `--json` asks for one JSON value on stdout, and nothing else there. */
  readonly isJson: boolean
  /** Whether stdout and stderr are terminals that show colours (NO_COLOR, --no-color, TERM=dumb). */
  readonly hasColor: { readonly out: boolean; readonly err: boolean }
  /** Whether stdout is a terminal. Only text for one is made harmless: into a pipe goes the text. */
  readonly isScreen: boolean
  /** Whether it takes a line back, too, so that text may appear as it comes. */
  readonly isLive: boolean
  /** Whether a person sits there: stdin and stdout are terminals. */
  readonly isInteractive: boolean
  /** Characters in a line of stdout; 80 where nobody knows. */
  readonly columns: number
}
