// "espalier completion SHELL" prints the script a shell loads, one of @bomb.sh/tab's; at each Tab the script asks
// "espalier complete -- WORDS", which run-line.ts answers.
import { UsageError } from '../../base/errors.js'
import type { Call, Command } from '../command.js'

export const completion: Command = {
  name: 'completion',
  takes: '<bash|zsh|fish|powershell>',
  says: 'Print what makes a shell complete commands, options and files',
  options: [],
  examples: [
    'source <(espalier completion bash)',
    'espalier completion zsh > ~/.espalier.zsh && echo "source ~/.espalier.zsh" >> ~/.zshrc',
    'espalier completion fish > ~/.config/fish/completions/espalier.fish',
    'espalier completion powershell >> $PROFILE',
  ],
  run: printScript,
}

async function printScript({ args, terminal }: Call): Promise<void> {
  const shell = args[0]!
  if (terminal.isJson) {
    throw new UsageError('OPTION_INVALID', '--json is for results; "espalier completion" prints a script.')
  }
  const { script } = await import('@bomb.sh/tab')
  const isBash = shell === 'bash'
  // Its constants can be set once in a shell.
  if (isBash) terminal.write('if ! declare -F __espalier_complete > /dev/null; then\n')
  // Writes to stdout by itself.
  script(shell, 'espalier', 'espalier')
  // Without it bash takes no files where the command leaves them to it.
  if (isBash) terminal.write('fi\ncomplete -o default -F __espalier_complete espalier\n')
}
