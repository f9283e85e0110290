// The commands of `espalier`, in the order help lists them.
import type { Command } from './command.js'
import { bench } from './commands/bench.js'
import { build } from './commands/build.js'
import { doctor } from './commands/doctor.js'
import { inspect } from './commands/inspect.js'

export const commands: readonly Command[] = [inspect, bench, doctor, build]
