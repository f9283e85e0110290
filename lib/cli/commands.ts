// The commands of `espalier`, in the order help lists them.
import type { Command } from './command.js'
import { build } from './commands/build.js'

export const commands: readonly Command[] = [build]
