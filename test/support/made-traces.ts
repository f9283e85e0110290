// The programs whose traces the page is shown with: triage with a rollback, a tree of thought, a fan-out, a chat, and
// one as large as asked for.
import type { Trace } from '../../lib/trace/trace.js'
import { type Growth, type RunMaker, TraceMaker } from './made-trace.js'

const ticket =
  'My invoice was charged twice this month, and nobody answers my mails. <script>alert("pwned")</script> Please help!'

/** A ticket with a script in it; the first priority is rejected. */
export function triage(): Trace {
  const maker = new TraceMaker()
  const run = maker.run('Ticket: {ticket} Category: {category} Priority: {priority} Reply: {reply}')
  const { own } = run
  run.text('literal', 'You sort the tickets of a shop. Answer each field.\n\nTicket: ')
  run.text('input', ticket)
  run.text('literal', '\nCategory: ')
  run.fill([
    {
      at: own,
      name: 'category',
      text: 'billing',
      ask: { takes: 'one of: billing, shipping, other', closed: [' refund', ' money'] },
    },
  ])
  run.choices.category = choice([
    ['billing', 0.81],
    ['shipping', 0.13],
    ['other', 0.06],
  ])
  run.text('literal', '\nPriority (low, normal, high): ')
  run.fill([
    {
      at: own,
      name: 'priority',
      text: 'high',
      ask: {
        takes: 'a constraint: low, normal or high',
        closed: [' urgent'],
        rejected: [
          ['low', 'a customer who was charged twice is never low'],
          ['normal', 'nobody answered: it has waited too long'],
        ],
      },
    },
  ])
  run.text('literal', '\nReply: ')
  run.fill([
    {
      at: own,
      name: 'reply',
      text: 'We are sorry for the double charge. The second one is paid back today, and you will hear from us by mail.',
    },
  ])
  run.text('literal', '\n')
  run.end()
  return maker.trace()
}

function choice(options: readonly (readonly [string, number])[]) {
  const scored = options.map(([option, probability]) => {
    const sum = Math.log(probability)
    return { option, tokens: 2, sum, mean: sum / 2, unconditional: null, calibrated: null, probability }
  })
  return { options: scored, by: 'sum', margin: options[0]![1] - options[1]![1] }
}

/** Three thoughts, three steps each, scored; the best goes on. */
export function treeOfThought(): Trace {
  const maker = new TraceMaker()
  const run = maker.run('Make 24 of {numbers}: {each thought …} {answer}')
  const { own } = run
  run.text('literal', 'Use the four numbers once each to make 24.\nNumbers: ')
  run.text('input', '4 9 10 13')
  run.text('literal', '\n')
  const ideas = ['10 - 4 = 6, left are 6 9 13', '13 - 9 = 4, left are 4 4 10', '13 - 10 = 3, left are 3 4 9']
  const firsts = run.branches(
    own,
    ideas.map((_, index) => `thoughts[${index}]`),
  )
  for (const first of firsts) run.text('literal', 'First: ', first)
  run.fill(firsts.map((at, index) => ({ at, name: 'idea', text: ideas[index]! })))
  for (const [index, first] of firsts.entries()) {
    const steps = run.branches(
      first,
      [0, 1, 2].map((step) => `${first.path}.next[${step}]`),
    )
    for (const step of steps) run.text('literal', '\nThen: ', step)
    run.fill(
      steps.map((at, step) => ({
        at,
        name: 'idea',
        text: ['13 - 9 = 4', '6 + 9 = 15', '10 - 4 = 6'][(index + step) % 3]!,
      })),
    )
    for (const step of steps) run.text('literal', '\nCan it be 24? ', step)
    run.fill(
      steps.map((at, step) => ({
        at,
        name: 'sure',
        text: (index + step) % 3 === 0 ? 'sure' : 'maybe',
        ask: { takes: 'one of: sure, maybe, no' },
      })),
    )
    for (const step of steps) run.branchEnd(step, '')
    run.branchEnd(first, '')
  }
  for (const first of firsts.slice(1)) maker.tree.drop(first.tokens, 'freed')
  run.votes.sure = {
    options: [
      { key: 'sure', votes: 3 },
      { key: 'maybe', votes: 6 },
    ],
    winner: 'maybe',
    abstained: 0,
  }
  run.text('literal', 'The best was: ')
  run.fill([{ at: own, name: 'answer', text: '(10 - 4) * (13 - 9) = 24' }])
  run.end()
  return maker.trace()
}

/** A document once, and so many questions side by side. */
export function fanOut(count = 16): Trace {
  const maker = new TraceMaker()
  const run = maker.run('{document} {each question}')
  const { own } = run
  run.text('literal', 'Read the text, then answer.\n\n')
  run.text('input', prose(maker, 220))
  run.text('literal', '\n\n')
  const asks = run.branches(
    own,
    Array.from({ length: count }, (_, index) => `answers[${index}]`),
  )
  for (const [index, at] of asks.entries())
    run.text('literal', `Question ${index + 1}: what of ${WORDS[index % WORDS.length]}?\nAnswer: `, at)
  run.fill(asks.map((at) => ({ at, name: 'text', text: prose(maker, 6 + Math.floor(maker.random() * 10)) })))
  for (const at of asks) run.branchEnd(at, '')
  run.end()
  return maker.trace()
}

/** Turns of a chat, each a run that goes on from the one before. */
export function chat(turns = 40): Trace {
  const maker = new TraceMaker()
  let last: RunMaker | null = null
  for (let turn = 0; turn < turns; turn += 1) {
    const run: RunMaker = maker.run(`user: {question ${turn + 1}} assistant: {answer}`, last?.run ?? null)
    if (last === null) {
      run.text('mark', '<|im_start|>')
      run.text('literal', 'system\nYou are a gardener who answers briefly.')
      run.text('mark', '<|im_end|>\n')
    } else run.goOn(last)
    run.text('mark', '<|im_start|>user\n')
    run.text('input', `${prose(maker, 5 + Math.floor(maker.random() * 8))}?`)
    run.text('mark', '<|im_end|>\n<|im_start|>assistant\n')
    run.fill([
      {
        at: run.own,
        name: 'answer',
        text: prose(maker, 12 + Math.floor(maker.random() * 30)),
        ask: turn === 5 ? { rejected: [['As an AI I can not', 'a gardener would not say so']] } : {},
      },
    ])
    run.text('mark', '<|im_end|>\n')
    run.end()
    maker.at += 400
    last = run
  }
  return maker.trace()
}

/** So many tokens in one text, and so many branches from it. */
export function large(tokens = 20000, branches = 256): Trace {
  const maker = new TraceMaker()
  const run = maker.run('{document} {each question}')
  const { own } = run
  for (let count = 0; count < tokens; count = own.tokens.length) {
    run.text('literal', `\nParagraph ${count}: `)
    const text = prose(maker, 60)
    if (maker.random() < 0.3) run.text('input', text)
    else
      run.fill([
        {
          at: own,
          name: `p${count}`,
          text,
          ask: maker.random() < 0.1 ? { rejected: [[prose(maker, 20), 'too long']] } : {},
        },
      ])
  }
  const all = run.branches(
    own,
    Array.from({ length: branches }, (_, index) => `items[${index}]`),
  )
  for (let from = 0; from < all.length; from += 16) {
    const some: Growth[] = all.slice(from, from + 16)
    for (const at of some) run.text('literal', `\nItem ${all.indexOf(at)}: `, at)
    run.fill(some.map((at) => ({ at, name: 'text', text: prose(maker, 8) })))
    for (const at of some) run.branchEnd(at, '')
  }
  for (const at of all.slice(0, branches / 4)) maker.tree.drop(at.tokens, 'parked')
  for (const at of all.slice(branches / 4, branches / 2)) maker.tree.drop(at.tokens, 'freed')
  maker.step({ known: 1 })
  run.end()
  return maker.trace()
}

const WORDS = [
  'garden river stone apple winter light carpet window summer bread',
  'letter paper north music engine cloud silver table field water',
]
  .join(' ')
  .split(' ')

function prose(maker: TraceMaker, count: number): string {
  const words = Array.from({ length: count }, () => WORDS[Math.floor(maker.random() * WORDS.length)]!)
  const text = words.map((word, index) => (index > 0 && index % 9 === 8 ? `${word},` : word)).join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/,$/, '')
}
