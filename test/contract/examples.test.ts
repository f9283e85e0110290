// The examples are programs that people read and copy: each runs on the demo model, as it stands and in a process of
// its own kind, and is judged by the facts that matter: names copied, labels right, the shape of trees, the cost.
import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = path.join(__dirname, '..', '..')

interface Cost {
  readonly decoded: number
  readonly uncached: number
  readonly rolledBack: number
}
interface Found {
  // biome-ignore lint/suspicious/noExplicitAny: every example has facts of its own shape.
  readonly facts: any
  readonly lines: readonly string[]
}

const names = [
  'agent',
  'calibrated',
  'character-sheet',
  'chat',
  'few-shot',
  'grammar',
  'map-reduce',
  'packing-list',
  'quotes',
  'react',
  'repair',
  'review-sentiment',
  'self-consistency',
  'skeleton',
  'ticket-checks',
  'tree-of-thought',
]
let found: Readonly<Record<string, Found>> = {}

beforeAll(async () => {
  const runner = path.join(root, 'test', 'support', 'run-examples.mjs')
  const { stdout } = await run(process.execPath, [runner, ...names], { cwd: root })
  found = JSON.parse(stdout)
}, 300_000)

const factsOf = (name: string) => found[name]!.facts
const expectCheap = (cost: Cost, times: number): void =>
  expect(cost.decoded * times).toBeLessThanOrEqual(cost.uncached)

test('every example is run here, or belongs to the demo, or has a test of its own', () => {
  const files = readdirSync(path.join(root, 'examples')).map((file) => path.basename(file, '.mjs'))
  const ofTheDemo = ['character', 'demo', 'print', 'program', 'tickets']
  // test/contract/sse-server.test.ts; below.
  const elsewhere = ['sse-server', 'prompt-tests.test']
  expect(files.filter((file) => ![...ofTheDemo, ...elsewhere].includes(file)).sort()).toEqual(names)
})

test('every example writes something for people', () => {
  for (const name of names) expect(found[name]!.lines.join('\n').length).toBeGreaterThan(100)
})

test('an example is a program of its own', async () => {
  const example = path.join(root, 'examples', 'packing-list.mjs')
  const [told, printed] = await Promise.all([
    run(process.execPath, [example], { cwd: root }),
    run(process.execPath, [example, '--json'], { cwd: root }),
  ])
  expect(told.stdout).toMatch(/^A list of things.*\n- Sunglasses\n- /)
  expect(JSON.parse(printed.stdout)).toEqual(factsOf('packing-list'))
})

test('an example runs on the file it is given', async () => {
  const example = path.join(root, 'examples', 'packing-list.mjs')
  const demo = path.join(root, 'models', 'espalier-demo-q8_0.gguf')
  const { stdout } = await run(process.execPath, [example, demo, '--json'], { cwd: root })
  expect(JSON.parse(stdout).items).toEqual(factsOf('packing-list').items)
  await expect(run(process.execPath, [example, 'nothing.gguf'], { cwd: root })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('MODEL_NOT_FOUND'),
  })
})

test('prompt tests: all pass, and one that is wrong fails', async () => {
  const tests = path.join(root, 'examples', 'prompt-tests.test.mjs')
  const flags = ['--test', '--test-reporter=tap']
  const { stdout } = await run(process.execPath, [...flags, tests], { cwd: root })
  expect(stdout).toMatch(/^# tests 6$/m)
  expect(stdout).toMatch(/^# pass 6$/m)
  const folder = mkdtempSync(path.join(tmpdir(), 'espalier-prompt-tests-'))
  try {
    const code = readFileSync(tests, 'utf8').replace('days <= 3', 'days <= 30')
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(root, path.join(folder, 'node_modules', 'espalier'), 'junction')
    writeFileSync(path.join(folder, 'wrong.test.mjs'), code)
    const wrong = run(process.execPath, [...flags, 'wrong.test.mjs'], { cwd: folder })
    await expect(wrong).rejects.toMatchObject({ stdout: expect.stringMatching(/^# fail 2$/m) })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('chat: what was asked again, edited and saved is what the conversation says', () => {
  const { messages, values, cost } = factsOf('chat')
  expect(messages.map(({ role }: { role: string }) => role)).toEqual([
    'system',
    ...Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? 'user' : 'assistant')),
  ])
  const said = messages.map(({ content }: { content: string }) => content)
  expect(said.slice(0, 2)).toEqual(['You are a helpful assistant.', 'Who are you?'])
  expect(said.slice(5, 8)).toEqual(['What is the capital of Spain?', 'I do not know.', 'Are you sure?'])
  expect(values).toEqual({ question: said[7], answer: said[8] })
  expect(said[8].length).toBeGreaterThan(0)
  const { lines } = found.chat!
  // The answer that was asked for again was streamed as it was drawn, and is not the first one.
  const streamed = (command: string) => {
    const from = lines.indexOf(`> ${command}`) + 1
    return lines
      .slice(
        from,
        lines.findIndex((line, at) => at >= from && line.startsWith('> ')),
      )
      .join('')
  }
  expect(streamed('/again').trim()).toBe(said[4].trim())
  expect(streamed('Tell me a short story about a brave little fox.').trim()).not.toBe(said[4].trim())
  expect(lines).toContainEqual(expect.stringMatching(/^7 messages in \d+ characters$/))
  expectCheap(cost, 2)
})

test('quotes: every claim has words of the source beside it, whole sentences of it', () => {
  const { found: tickets, cost } = factsOf('quotes')
  expect(tickets).toHaveLength(2)
  for (const { source, claims } of tickets) {
    expect(claims).toHaveLength(4)
    for (const { value, quote } of claims) {
      expect(value.length).toBeGreaterThan(0)
      expect(source).toContain(quote)
      expect(quote).toMatch(/^[A-Z][^.!]{5,}[.!]$/)
    }
  }
  expect(tickets[0].claims[0].value).toBe('Maria Silva')
  expect(tickets[1].claims[3].value).toBe('ORD-3129')
  expectCheap(cost, 3)
})

test('grammar: sums of the numbers there are, read as captured, computed as JavaScript does', async () => {
  const { sums } = factsOf('grammar')
  expect(sums).toHaveLength(2)
  for (const { text, captured, value } of sums) {
    expect(text).toMatch(/^\([^ ]+ [-+*] .+\) [-+*] /)
    expect(value).toBe(new Function(`return ${text}`)())
    expect(captured).toMatchObject({ left: { left: [expect.any(String)] }, sign: expect.any(String) })
  }
  expect(sums[1]).toMatchObject({
    captured: { left: { left: ['93'], sign: ['-'], right: ['47'] } },
  })
  // What this model does not write: brackets within brackets.
  const deep = '((1 - 23) * (456 + (23 - 1))) - (1 * (23 - 456))'
  const code = `import { compute, grammarOf } from './examples/grammar.mjs'
    const { sum, bracket } = grammarOf('1 of 23 and 456')
    console.log(compute(sum.parse(${JSON.stringify(deep)}), bracket))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: root })
  expect(Number(stdout)).toBe((1 - 23) * (456 + (23 - 1)) - 1 * (23 - 456))
})

test('ticket checks: values are copied, an apology is cut back to the greeting', () => {
  const { tickets, rollbacks, cost } = factsOf('ticket-checks')
  expect(tickets).toMatchObject([
    { customer: 'Nora Jensen', order: '59302', category: 'defect' },
    { customer: 'Pedro Okafor', order: 'ORD-4417', category: 'defect' },
    { customer: 'Leila Novak', order: '73015', category: 'shipping' },
  ])
  for (const { reply } of tickets) expect(reply).not.toMatch(/sorry/i)
  expect(rollbacks.length).toBeGreaterThan(0)
  // Nothing is tried twice.
  const tried = rollbacks.map(({ hole, text }: { hole: string; text: string }) => `${hole} ${text}`)
  expect(new Set(tried).size).toBe(tried.length)
  expect(cost.rolledBack).toBeGreaterThan(0)
  expectCheap(cost, 3)
})

test('character sheet: sheets share their heading, keys are not drawn, lists end by themselves', () => {
  const { heroes, ledger, cost } = factsOf('character-sheet')
  expect(heroes).toHaveLength(3)
  expect(heroes[2]).toMatchObject({ name: 'Morag', class: 'barbarian' })
  expect(heroes[1]).toMatchObject({ class: 'wizard', armor: 'robe' })
  for (const { items, age } of heroes) {
    expect(items.length).toBeGreaterThanOrEqual(3)
    expect(items.length).toBeLessThanOrEqual(5)
    expect(age).toBeGreaterThanOrEqual(16)
  }
  expect(ledger.prefilled).toBeGreaterThan(ledger.sampled)
  expectCheap(cost, 5)
})

test('few-shot: labels are right and come with a distribution', () => {
  const { answers, cost } = factsOf('few-shot')
  const labels = answers.map(({ label }: { label: string }) => label)
  expect(labels).toEqual(['positive', 'negative', 'negative', 'positive', 'neutral'])
  for (const { label, margin, distribution } of answers) {
    const shares: number[] = Object.values(distribution)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
    expect(distribution[label]).toBe(Math.max(...shares))
    expect(margin).toBeGreaterThan(0.5)
  }
  expectCheap(cost, 3)
})

test('calibrated: scores against neutral text name every label, and only exact draws come as often as they say', () => {
  const { answers, usual, unusual, cost } = factsOf('calibrated')
  const moods = answers.map(({ calibrated }: { calibrated: { mood: string } }) => calibrated.mood)
  expect(moods).toEqual(['positive', 'negative', 'negative', 'neutral', 'neutral', 'positive'])
  const sumOf = (shares: number[]) => shares.reduce((sum, share) => sum + share, 0)
  for (const { plain, calibrated } of answers) {
    for (const { mood, margin, distribution } of [plain, calibrated]) {
      const shares: number[] = Object.values(distribution)
      expect(sumOf(shares)).toBeCloseTo(1, 6)
      const [best, second] = [...shares].sort((a, b) => b - a)
      expect(distribution[mood]).toBe(best)
      expect(margin).toBeCloseTo(best! - second!, 6)
    }
  }
  // What it makes of the one that says nothing is a matter of what it likes to write.
  expect(answers[4].plain).toMatchObject({ mood: 'negative' })
  expect(answers[4].calibrated.margin).toBeGreaterThan(answers[4].plain.margin)
  for (const { rows } of [usual, unusual]) {
    for (const key of ['probability', 'exact', 'masked']) {
      expect(sumOf(rows.map((row: Record<string, number>) => row[key]))).toBeCloseTo(1, 6)
    }
    // Of 100 draws: four standard deviations.
    for (const { probability, exact } of rows) expect(Math.abs(exact - probability)).toBeLessThan(0.2)
  }
  const bent = unusual.rows.map((row: { probability: number; masked: number }) =>
    Math.abs(row.masked - row.probability),
  )
  expect(Math.max(...bent)).toBeGreaterThan(0.3)
  expect(usual.distortion).toBeGreaterThan(-0.5)
  expect(unusual.distortion).toBeLessThan(-3)
  expectCheap(cost, 5)
})

test('repair: the reason is read by the next attempt and leaves no trace; the least bad sum is kept as such', () => {
  const { solutions, cost } = factsOf('repair')
  const [right, repaired, hopeless] = solutions
  expect(right).toMatchObject({ answer: 48 - 15 + 24, read: [], undone: [], rejected: null })
  expect(repaired).toMatchObject({ answer: 97 - 58 + 86, rejected: null })
  expect(repaired.read).toContain('97 - 58 = 39, not 49')
  expect(repaired.undone.map(({ reason }: { reason: string }) => reason)).toEqual(repaired.read)
  expect(hopeless.undone).toHaveLength(4)
  const fault = hopeless.undone.findIndex(({ reason }: { reason: string }) => reason === hopeless.rejected)
  expect(hopeless.reasoning).toBe(hopeless.undone[fault].text)
  for (const { text, reasoning, answer, read, isTraceless } of solutions) {
    expect(isTraceless).toBe(true)
    expect(text).toMatch(new RegExp(`Reasoning: .*\\nAnswer: ${answer}\\n$`))
    expect(text).toContain(`Reasoning: ${reasoning}\n`)
    for (const reason of read) expect(text).not.toContain(reason)
  }
  expect(cost.rolledBack).toBeGreaterThan(0)
  expect(cost.decoded).toBeLessThan(cost.uncached)
})

test('tree of thought: four leaves from two and two steps, the sound ones agree on the answer', () => {
  const { leaves, answer, cost } = factsOf('tree-of-thought')
  expect(leaves).toHaveLength(4)
  for (const { steps } of leaves) expect(steps).toHaveLength(2)
  // Leaves of one branch share their first step.
  expect(leaves[0].steps[0]).toBe(leaves[1].steps[0])
  expect(leaves[2].steps[0]).toBe(leaves[3].steps[0])
  expect(answer).toBe(48 - 15 + 24)
  expectCheap(cost, 4)
})

test('skeleton: three different heroes, each in its own story', () => {
  const { stories, cost } = factsOf('skeleton')
  expect(new Set(stories.map(({ animal }: { animal: string }) => animal)).size).toBe(3)
  for (const { animal, text } of stories) {
    expect(text).toMatch(new RegExp(`brave little ${animal}`))
    expect(text.length).toBeGreaterThan(100)
  }
  expect(cost.decoded).toBeLessThan(cost.uncached)
})

test('self-consistency: most paths agree, and vote() gives their answer', () => {
  const { counts, paths, winner, cost } = factsOf('self-consistency')
  expect(paths).toHaveLength(8)
  expect(counts[0][0]).toBe(93 - 47 + 38)
  expect(counts[0][1]).toBeGreaterThan(4)
  expect(winner.answer).toBe(counts[0][0])
  expectCheap(cost, 3)
})

test('ReAct: the loop asks the tools and answers with what they said', () => {
  const { solved, cost } = factsOf('react')
  expect(solved[0]).toMatchObject({ answer: '27', calls: [{ tool: 'Search', query: 'Lisbon' }] })
  expect(solved[1]).toMatchObject({
    answer: '337',
    calls: [
      { tool: 'Search', query: 'the Amber Tower' },
      { tool: 'Calculator', query: '312 + 25' },
    ],
  })
  expectCheap(cost, 5)
})

test('packing list: no item comes twice, and the second run finds most of the first', () => {
  const { items, again, cost, costAgain } = factsOf('packing-list')
  expect(new Set(['sunglasses', ...items.map((item: string) => item.toLowerCase())]).size).toBe(5)
  expect(again).toEqual(items)
  expectCheap(cost, 3)
  expect(costAgain.decoded * 2).toBeLessThan(cost.decoded)
})

test('review sentiment: the analysis names the label that wins', () => {
  const { found: reviews, cost } = factsOf('review-sentiment')
  expect(reviews.map(({ sentiment }: { sentiment: string }) => sentiment)).toEqual(['positive', 'negative'])
  for (const { analysis, sentiment, distribution } of reviews) {
    expect(analysis).toContain(sentiment)
    expect(distribution[sentiment]).toBeGreaterThan(0.9)
  }
  expect(cost.decoded).toBeLessThan(cost.uncached)
})

test('map-reduce: facts are copied from every paragraph, the question is answered over them', () => {
  const { people, answer, cost } = factsOf('map-reduce')
  expect(people).toEqual([
    { name: 'Elena Rossi', age: 41, job: 'dentist', city: 'Porto' },
    { name: 'Hugo Berg', age: 29, job: 'baker', city: 'Oslo' },
    { name: 'Amina Haddad', age: 35, job: 'pilot', city: 'Lyon' },
    { name: 'Kofi Mensah', age: 62, job: 'farmer', city: 'Accra' },
  ])
  expect(answer.length).toBeGreaterThan(0)
  expectCheap(cost, 3)
})

test('agent: calls are valid for their tools, run, and an answer ends each run', () => {
  const { agents, cost } = factsOf('agent')
  const calls = agents.flatMap(({ calls }: { calls: readonly object[] }) => calls)
  expect(calls.length).toBeGreaterThan(2)
  for (const { tool, arguments: given, result, error } of calls) {
    if (tool === 'add') expect(result).toBe(given.a + given.b)
    else if (tool === 'places') expect(result).toEqual(['Amber Tower', 'Birch Bridge'])
    else if (given.place === 'Cedar Hall') expect(error).toBe('nothing is known about Cedar Hall')
    else expect(result).toEqual({ place: given.place, metres: given.place === 'Amber Tower' ? 312 : 48 })
  }
  for (const { answer } of agents) expect(answer).not.toBe('')
  expectCheap(cost, 3)
})
