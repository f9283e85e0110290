// The commands of `espalier`, in the order help lists them.
import type { Command } from './command.js'
import { build } from './commands/build.js'
import { completion } from './commands/completion.js'
import { demo } from './commands/demo.js'
import { explain } from './commands/explain.js'
import { run } from './commands/run.js'

export const commands: readonly Command[] = [demo, run, explain, build, completion]
