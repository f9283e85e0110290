// `espalier chat`: a conversation with a model, at a terminal or through a pipe. Decides what its options mean.
import { AbortError, UsageError } from '../../base/errors.js'
import type { Model } from '../../model/model.js'
import { type Settings, settingRanges, settingsDefault } from '../chat/settings.js'
import type { Wish } from '../chat/speaker.js'
import type { Call, Command } from '../command.js'
import { liveOptions, livePortOf, servedLive } from '../live-page.js'
import { modelOptions, openModel } from '../open-model.js'
import { readTextFile } from '../text-file.js'
import { recordedTo, traceFileOf, traceOption } from '../trace-file.js'

export const chat: Command = {
  name: 'chat',
  takes: '[model]',
  says: 'Talk with a model: answers stream, and the conversation can be edited, retried, forked and saved',
  options: [
    { flags: '--system <text>', says: 'The system message; @file reads it from a file', kind: 'text' },
    {
      flags: '--temperature <number>',
      says: 'How evenly tokens are drawn; 0: the likeliest (default: 0.7)',
      kind: 'number',
    },
    { flags: '--seed <n>', says: 'Draws depend on it (default: 0)', kind: 'number' },
    {
      flags: '--max <tokens>',
      says: 'Tokens of an answer at most, and of a thought (default: 2048)',
      kind: 'number',
    },
    {
      flags: '--think',
      says: 'Ask for a thought before each answer (default: as the chat template has it)',
      kind: 'flag',
    },
    { flags: '--no-think', says: 'Ask for none', kind: 'flag' },
    {
      flags: '--shift',
      says: 'Where the context is full, forget the middle and go on (default: stop)',
      kind: 'flag',
    },
    { flags: '--load <file>', says: 'Go on with a conversation that /save wrote', kind: 'text' },
    traceOption,
    ...liveOptions,
    ...modelOptions,
  ],
  examples: [
    'espalier chat qwen.gguf --system "You are terse."',
    'espalier chat qwen.gguf --load talk.json',
    'echo "Who are you?" | espalier chat',
    'espalier chat --json < questions.txt',
  ],
  async run(call) {
    const options = await chatOptions(call)
    await traceFileOf(call)
    livePortOf(call)
    const model = await openModel(call, call.args[0])
    let end: 'left' | 'now' = 'left'
    try {
      const talk = () => recordedTo(call, model, () => chatOn(model, call, options))
      end = await servedLive(call, model, talk)
    } finally {
      const closed = model.dispose()
      if (end === 'left') await closed
    }
    if (end === 'now') throw new AbortError('Ended by Ctrl-C, twice.')
  },
}

interface ChatOptions {
  readonly settings: Settings
  readonly system: string | null
  readonly wish: Wish
  readonly overflow: 'shift' | null
  /** To go on with. */
  readonly file: string | null
}

/** A chat on a model that is open. */
async function chatOn(
  model: Model,
  call: Call,
  { settings, system, wish, overflow, file }: ChatOptions,
): Promise<'left' | 'now'> {
  const { terminal } = call
  const { begun, instructed } = await import('../chat/conversation.js')
  const { begunSession, load } = await import('../chat/obey.js')
  const { requireSystem, speakerOf } = await import('../chat/speaker.js')
  const speaker = await speakerOf(model, wish, overflow)
  if (system !== null) await requireSystem(speaker, system)
  const empty = begunSession(begun(system), settings)
  let session = file === null ? empty : (await load(speaker, empty, file)).session
  if (system !== null) session = { ...session, talk: instructed(session.talk, system) }
  if (terminal.isInteractive && !terminal.isJson) {
    const { chatWithPerson } = await import('../chat/person.js')
    return chatWithPerson(speaker, session, call)
  }
  const { chatThroughPipe } = await import('../chat/piped.js')
  await chatThroughPipe({ speaker, settings, talk: session.talk }, call)
  return 'left'
}

/** Rejects with UsageError ARGUMENT_INVALID, OPTIONS_EXCLUSIVE, FILE_UNREADABLE. */
async function chatOptions({ options, signal }: Call): Promise<ChatOptions> {
  const { temperature, seed, max } = settingsDefault
  if (options.flag('think') && options.flag('no-think')) {
    throw new UsageError(
      'OPTIONS_EXCLUSIVE',
      '--think and --no-think are both there; expected one of them at most.',
    )
  }
  return {
    settings: {
      temperature: options.number('temperature', settingRanges.temperature) ?? temperature,
      seed: options.whole('seed', settingRanges.seed) ?? seed,
      max: options.whole('max', settingRanges.max) ?? max,
    },
    system: await systemText(options.text('system'), signal),
    wish: options.flag('think') ? 'think' : options.flag('no-think') ? 'no-think' : null,
    overflow: options.flag('shift') ? 'shift' : null,
    file: options.text('load'),
  }
}

async function systemText(text: string | null, signal: AbortSignal): Promise<string | null> {
  if (text === null || !text.startsWith('@')) return text
  const expected = 'the text of a system message'
  return (await readTextFile(text.slice(1), { by: '--system', expected, signal })).trimEnd()
}
