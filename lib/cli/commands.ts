// The commands of `espalier`, in the order help lists them.
import type { Command } from './command.js'
import { bench } from './commands/bench.js'
import { build } from './commands/build.js'
import { chat } from './commands/chat.js'
import { completion } from './commands/completion.js'
import { demo } from './commands/demo.js'
import { doctor } from './commands/doctor.js'
import { explain } from './commands/explain.js'
import { inspect } from './commands/inspect.js'
import { models } from './commands/models.js'
import { pull } from './commands/pull.js'
import { run } from './commands/run.js'
import { trace } from './commands/trace.js'

export const commands: readonly Command[] = [
  demo,
  run,
  chat,
  explain,
  trace,
  inspect,
  models,
  pull,
  bench,
  doctor,
  build,
  completion,
]
