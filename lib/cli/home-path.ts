// Paths as they may be shown to others. Decides that a person's home folder, whose name is often theirs, is written ~.
import { homedir } from 'node:os'
import path from 'node:path'

/** '/home/mira/models/a.gguf': '~/models/a.gguf'. Other paths stay. */
export function homePath(file: string): string {
  const home = homedir()
  if (home === '' || home === path.parse(home).root) return file
  const below = path.relative(home, file)
  const isBelow = !path.isAbsolute(below) && below !== '..' && !below.startsWith(`..${path.sep}`)
  return isBelow ? path.join('~', below) : file
}

/** A text with the home folder written so wherever it stands. */
export function withoutHome(text: string): string {
  const home = homedir()
  if (home === '' || home === path.parse(home).root) return text
  return text.split(home).join('~')
}
