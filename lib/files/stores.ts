// Which programs keep models on a machine, and in which folders: a table, one entry a program. Reads only the small
// settings files that name another folder; never looks at what lies in one.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { folderOf, type Machine, variable } from './machine.js'

/** Whose files they are; the word before the colon of a reference. */
export type ModelStore = 'hf' | 'lmstudio' | 'ollama' | 'llamacpp' | 'jan' | 'gpt4all'

/** How files lie in a folder: as in Hugging Face's cache, as Ollama's layers, with Jan's notes, or just so. */
export type Layout = 'hub' | 'ollama' | 'jan' | 'folders'

export interface Place {
  readonly store: ModelStore
  readonly folder: string
  readonly layout: Layout
  /** How many folders lie above a file, the place's own counted. */
  readonly depthMax: number
}

interface StoreRule {
  readonly store: ModelStore
  readonly title: string
  readonly layout: Layout
  readonly depthMax: number
  /** Absolute folders, the first ones first. */
  folders(machine: Machine): readonly (string | null)[]
  /** Files that name further folders, each with how to find it in the text, and what lies below it. */
  settings?(machine: Machine): readonly Settings[]
}

interface Settings {
  readonly file: string | null
  named(text: string): string | null
  readonly below: readonly (readonly string[])[]
}

const rules: readonly StoreRule[] = [
  {
    store: 'hf',
    title: 'Hugging Face cache',
    layout: 'hub',
    depthMax: 4,
    folders: (machine) => [hubCache(machine), given(machine, 'LLAMA_CACHE')],
  },
  {
    store: 'lmstudio',
    title: 'LM Studio',
    layout: 'folders',
    depthMax: 5,
    folders: (machine) => [
      atHome(machine, '.lmstudio', 'models'),
      atHome(machine, '.cache', 'lm-studio', 'models'),
    ],
    settings: (machine) => [
      { file: atHome(machine, '.lmstudio-home-pointer'), named: (text) => text, below: [['models']] },
      ...[
        atHome(machine, '.lmstudio', 'settings.json'),
        atHome(machine, '.cache', 'lm-studio', 'settings.json'),
      ].map((file) => ({ file, named: memberOf('downloadsFolder'), below: [[]] })),
    ],
  },
  {
    store: 'ollama',
    title: 'Ollama',
    layout: 'ollama',
    depthMax: 4,
    folders: (machine) => [
      given(machine, 'OLLAMA_MODELS'),
      atHome(machine, '.ollama', 'models'),
      ...(machine.platform === 'linux'
        ? ['/usr/share/ollama/.ollama/models', '/var/lib/ollama', '/var/lib/ollama/models']
        : []),
    ],
  },
  {
    store: 'llamacpp',
    title: 'llama.cpp',
    layout: 'folders',
    depthMax: 2,
    folders: (machine) => [given(machine, 'LLAMA_CACHE'), below(cacheFolder(machine), 'llama.cpp')],
  },
  {
    store: 'jan',
    title: 'Jan',
    layout: 'jan',
    depthMax: 5,
    folders: (machine) =>
      [
        given(machine, 'JAN_DATA_FOLDER'),
        below(dataFolder(machine), 'Jan', 'data'),
        atHome(machine, 'jan'),
      ].flatMap((data) => janFolders.map((names) => below(data, ...names))),
    settings: (machine) =>
      [
        below(dataFolder(machine), 'Jan', 'settings.json'),
        below(dataFolder(machine), 'jan.ai.app', 'settings.json'),
        machine.platform === 'linux' ? below(configFolder(machine), 'Jan', 'settings.json') : null,
      ].map((file) => ({ file, named: memberOf('data_folder'), below: janFolders })),
  },
  {
    store: 'gpt4all',
    title: 'GPT4All',
    layout: 'folders',
    depthMax: 1,
    folders: (machine) => [below(localDataFolder(machine), 'nomic.ai', 'GPT4All')],
    settings: (machine) => [
      {
        file: below(
          machine.platform === 'win32' ? given(machine, 'APPDATA') : configFolder(machine),
          'nomic.ai',
          'GPT4All.ini',
        ),
        named: (text) => /^modelPath=(.+)$/m.exec(text)?.[1] ?? null,
        below: [[]],
      },
    ],
  },
]

const janFolders = [['llamacpp', 'models'], ['models']]

/** A program's name, as its makers write it. */
export function storeTitle(store: ModelStore): string {
  return rules.find((rule) => rule.store === store)!.title
}

/** Where to look, each folder once; whether anything is there is seen by looking. */
export async function placesOf(machine: Machine, only: ModelStore | null): Promise<readonly Place[]> {
  const chosen = rules.filter(({ store }) => only === null || store === only)
  const listed = await Promise.all(
    chosen.map(async (rule) => {
      const named = await Promise.all((rule.settings?.(machine) ?? []).map((one) => namedBy(machine, one)))
      const folders = [...rule.folders(machine), ...named.flat()].filter((folder) => folder !== null)
      const { store, layout, depthMax } = rule
      return [...new Set(folders)].map((folder) => ({ store, folder, layout, depthMax }))
    }),
  )
  return listed.flat()
}

/** Hugging Face's cache of this machine, which the tools of the hub share. Null for who has no home. */
export function hubCache(machine: Machine): string | null {
  const own = given(machine, 'HF_HUB_CACHE') ?? given(machine, 'HUGGINGFACE_HUB_CACHE')
  return own ?? below(hubHome(machine), 'hub')
}

/** Where the hub's tools keep what they know of a person: the token, the cache. */
export function hubHome(machine: Machine): string | null {
  const own = given(machine, 'HF_HOME')
  if (own !== null) return own
  return below(given(machine, 'XDG_CACHE_HOME') ?? atHome(machine, '.cache'), 'huggingface')
}

const settingsBytesMax = 1 << 20

async function namedBy(machine: Machine, { file, named, below: inside }: Settings): Promise<string[]> {
  if (file === null) return []
  const text = await readFile(file, 'utf8').catch(() => '')
  const written = text.length > settingsBytesMax ? null : named(text)
  const folder = written === null ? null : folderOf(machine, written)
  return folder === null ? [] : inside.map((names) => path.join(folder, ...names))
}

/** Of a JSON object; null where the text is none, or the member no text. */
function memberOf(name: string): (text: string) => string | null {
  return (text) => {
    try {
      const value = (JSON.parse(text) as Record<string, unknown> | null)?.[name]
      return typeof value === 'string' && value !== '' ? value : null
    } catch {
      return null
    }
  }
}

function given(machine: Machine, name: string): string | null {
  const value = variable(machine, name)
  return value === null ? null : folderOf(machine, value)
}

function below(folder: string | null, ...names: string[]): string | null {
  return folder === null ? null : path.join(folder, ...names)
}

function atHome({ home }: Machine, ...names: string[]): string | null {
  return home === '' ? null : path.join(home, ...names)
}

function cacheFolder(machine: Machine): string | null {
  if (machine.platform === 'win32') return given(machine, 'LOCALAPPDATA')
  if (machine.platform === 'darwin') return atHome(machine, 'Library', 'Caches')
  return given(machine, 'XDG_CACHE_HOME') ?? atHome(machine, '.cache')
}

/** What roams on Windows. */
function dataFolder(machine: Machine): string | null {
  return machine.platform === 'win32' ? given(machine, 'APPDATA') : localDataFolder(machine)
}

function localDataFolder(machine: Machine): string | null {
  if (machine.platform === 'win32') return given(machine, 'LOCALAPPDATA')
  if (machine.platform === 'darwin') return atHome(machine, 'Library', 'Application Support')
  return given(machine, 'XDG_DATA_HOME') ?? atHome(machine, '.local', 'share')
}

function configFolder(machine: Machine): string | null {
  return given(machine, 'XDG_CONFIG_HOME') ?? atHome(machine, '.config')
}
