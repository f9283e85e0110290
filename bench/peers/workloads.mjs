// What all engines of the comparison do, as data: texts, holes, and how they follow each other. Decides the work and
// its sizes; knows no engine. Texts are made of common words by a fixed recipe, so that every side reads the same ones.
//
//   plan   { rounds } one after the other
//   round  { lanes } or { scores }; the lanes of one round run side by side
//   lane   a list of turns: each is appended once the one before is done
//   turn   { parts, branches? }: texts and holes, then turns that each go on from there, side by side
//   hole   { free } exactly so many tokens; { free, attempts } of which all but the last are rejected;
//          { regex, gbnf, chars }, { select }, { integer } and { gbnf }, { schema }: constrained
//   scores { prefix, questions, options, end }: which option is most probable behind each question

const words = (
  'the order was late and a man wrote to our shop about the red book that came without its box so they asked for ' +
  'another one before summer while some people in town said it would take more time than any good friend could wait ' +
  'because every road over the water had been closed after rain and nobody knew when the river might open again'
).split(' ')

/** Text of about so many tokens; another seed, other words from the first one on. */
export function text(count, seed) {
  let state = (seed * 2654435761 + 12345) >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return words[(state >>> 8) % words.length]
  }
  return Array.from({ length: count }, next).join(' ')
}

const numbered = (count, make) => Array.from({ length: count }, (_, index) => make(index))
const free = (tokens) => ({ free: tokens })

/** GBNF of whole numbers from 1 to 20, and to 99. */
const upTo = { 20: 'root ::= "20" | "1" [0-9] | [1-9]', 99: 'root ::= [1-9] [0-9]?' }
const integer = (most) => ({ integer: { min: 1, max: most }, gbnf: upTo[most] })
const select = (...options) => ({
  select: options,
  gbnf: `root ::= ${options.map((option) => JSON.stringify(option)).join(' | ')}`,
})
const lower = (min, max) => ({
  regex: new RegExp(`[a-z]{${min},${max}}`),
  gbnf: `root ::= [a-z]{${min},${max}}`,
})
const capital = (min, max) => ({
  regex: new RegExp(`[A-Z][a-z]{${min},${max}}`),
  gbnf: `root ::= [A-Z] [a-z]{${min},${max}}`,
})

/** One lane of one turn in each round. */
const oneByOne = (turns) => ({ rounds: turns.map((parts) => ({ lanes: [[{ parts }]] })) })

const classes = ['warrior', 'wizard', 'archer', 'thief']
const armors = ['leather', 'chainmail', 'plate']
const weapons = ['sword', 'axe', 'bow', 'dagger', 'staff']

function sheet(number) {
  return [
    'A character sheet for a game. Every line is short.\n' +
      `Classes: ${classes.join(', ')}. Armor: ${armors.join(', ')}. ` +
      `Weapons: ${weapons.join(', ')}.\nThe character is about ${text(64, number)}.\nNumber: ${number}\nName: `,
    capital(2, 8),
    '\nAge: ',
    integer(99),
    '\nClass: ',
    select(...classes),
    '\nStrength: ',
    integer(20),
    '\nMagic: ',
    integer(20),
    '\nArmor: ',
    select(...armors),
    '\nWeapon: ',
    select(...weapons),
    '\nSpell, a word of which nobody knows what it means: ',
    lower(3, 8),
    '\nHome, where the character was born and grew up: ',
    capital(2, 8),
    '\nThe pet that always comes along is called: ',
    capital(1, 6),
    '\n',
  ]
}

function list(subject, tokens) {
  const begin = `A list of four things that one must never forget when one goes ${text(16, subject)}.\nThing one:`
  const rest = ['\nThing two:', '\nThing three:', '\nThing four:'].flatMap((line) => [line, free(tokens)])
  return [begin, free(tokens), ...rest]
}

const labels = [' delivery', ' invoice', ' broken part', ' account closed']

function questions({ shots, count, words: length }) {
  const shot = (index) => `Question: ${text(length, 900 + index)}?\nLabel:${labels[index % 4]}\n`
  const prefix = `Each question gets one of these labels:${labels.join(',')}.\n\n${numbered(shots, shot).join('')}`
  const asked = numbered(count, (index) => `Question: ${text(length, 300 + index)}?\nLabel:`)
  return { rounds: [{ scores: { prefix, questions: asked, options: labels, end: '\n' } }] }
}

function tree({ prefix, depth, words: length, tokens }) {
  const turn = (id, level) => {
    const parts = [`\n${id % 2 === 0 ? 'One way' : 'Or else'} ${text(length, id)}:`, free(tokens)]
    return { parts, branches: level === depth ? [] : below(id, level) }
  }
  const below = (id, level) => [turn(id * 2, level + 1), turn(id * 2 + 1, level + 1)]
  return { rounds: [{ lanes: [[{ parts: [text(prefix, 4000)], branches: below(1, 0) }]] }] }
}

/** Each width has a prefix of its own, so that nothing is there from the one before. */
function fan({ prefix, widths, words: length, tokens }) {
  const branch = (index) => ({ parts: [`\n${text(length, 50 + index)}:`, free(tokens)] })
  const round = (width) => ({
    lanes: [[{ parts: [text(prefix, 5000 + width)], branches: numbered(width, branch) }]],
  })
  return { rounds: widths.map(round) }
}

const rollback = ({ prompts, prefix, tokens }) =>
  oneByOne(numbered(prompts, (index) => [`${text(prefix, 600 + index)}:`, { free: tokens, attempts: 3 }]))

function chat({ lanes, turns, first, words: length, tokens }) {
  const say = (lane, turn) => {
    const words = text(turn === 0 ? first : length, 7000 + lane * 100 + turn)
    return { parts: [`${turn === 0 ? '' : '\n'}User: ${words}.\nAssistant:`, free(tokens)] }
  }
  return { rounds: [{ lanes: numbered(lanes, (lane) => numbered(turns, (turn) => say(lane, turn))) }] }
}

const distinct = ({ lanes, prefix, tokens }) => ({
  rounds: [{ lanes: numbered(lanes, (lane) => [{ parts: [`${text(prefix, 800 + lane)}:`, free(tokens)] }]) }],
})

const notebook = ({ cells, words: length, tokens }) => ({
  rounds: [
    {
      lanes: [numbered(cells, (index) => ({ parts: [`\nNote ${text(length, 90 + index)}:`, free(tokens)] }))],
    },
  ],
})

const roles = ['admin', 'editor', 'author', 'reader', 'guest']
const levels = ['beginner', 'advanced', 'expert']
const tags = ['garden', 'kitchen', 'music', 'travel']
const name = { type: 'string', minLength: 3, maxLength: 10 }
const properties = {
  name,
  role: { enum: roles },
  city: name,
  isActive: { type: 'boolean' },
  level: { enum: levels },
  tags: { type: 'array', items: { enum: tags }, minItems: 1, maxItems: 3 },
}
const schema = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
const quotedAny = (list) => `(${list.map((one) => JSON.stringify(JSON.stringify(one))).join(' | ')})`
const gbnf = [
  String.raw`root ::= "{\"name\":" name ",\"role\":" ${quotedAny(roles)} ",\"city\":" name`,
  String.raw` ",\"isActive\":" ("true" | "false") ",\"level\":" ${quotedAny(levels)}`,
  String.raw` ",\"tags\":[" tag ("," tag){0,2} "]}"`,
  '\n',
  String.raw`name ::= "\"" [A-Za-z ]{3,10} "\""`,
  `\ntag ::= ${quotedAny(tags)}`,
].join('')

const records = ({ count, words: length }, hole) =>
  oneByOne(
    numbered(count, (index) => [
      'Write what is known of a person as JSON with the members name, role, city, isActive, level and tags.\n' +
        `Known: ${text(length, 100 + index)}.\nJSON: `,
      hole,
      '\n',
    ]),
  )

/** By name: what it is, and its plan in full and in small. */
export const workloads = {
  w1: {
    about: 'character sheet, 10 constrained holes, 8 sheets',
    full: () => oneByOne(numbered(8, (index) => sheet(index + 1))),
    smoke: () => oneByOne(numbered(2, (index) => sheet(index + 1))),
  },
  w2: {
    about: 'list of 4 holes, the same template for 10 subjects',
    full: () => oneByOne(numbered(10, (index) => list(index + 20, 10))),
    smoke: () => oneByOne(numbered(2, (index) => list(index + 20, 4))),
  },
  w3: {
    about: '5-shot choice of 4 labels, 40 questions',
    full: () => questions({ shots: 5, count: 40, words: 42 }),
    smoke: () => questions({ shots: 2, count: 3, words: 6 }),
  },
  w4: {
    about: 'tree of thought, two branches at each of 4 levels',
    full: () => tree({ prefix: 512, depth: 4, words: 4, tokens: 24 }),
    smoke: () => tree({ prefix: 24, depth: 2, words: 3, tokens: 4 }),
  },
  w5: {
    about: 'fan-out of 1, 2, 4, 8 and 16 branches over 2,000 tokens',
    full: () => fan({ prefix: 2000, widths: [1, 2, 4, 8, 16], words: 12, tokens: 32 }),
    smoke: () => fan({ prefix: 40, widths: [1, 3], words: 3, tokens: 4 }),
  },
  w6: {
    about: 'two rejected attempts of 24 tokens before the third, 8 prompts',
    full: () => rollback({ prompts: 8, prefix: 600, tokens: 24 }),
    smoke: () => rollback({ prompts: 2, prefix: 24, tokens: 4 }),
  },
  w7: {
    about: 'chat, 4 conversations side by side, 6 turns each',
    full: () => chat({ lanes: 4, turns: 6, first: 160, words: 40, tokens: 48 }),
    smoke: () => chat({ lanes: 2, turns: 2, first: 12, words: 4, tokens: 4 }),
  },
  w8: {
    about: 'no reuse, 4 distinct prompts side by side',
    full: () => distinct({ lanes: 4, prefix: 900, tokens: 64 }),
    smoke: () => distinct({ lanes: 2, prefix: 20, tokens: 4 }),
  },
  w9: {
    about: 'notebook, 20 times a text and 16 tokens',
    full: () => notebook({ cells: 20, words: 32, tokens: 16 }),
    smoke: () => notebook({ cells: 3, words: 4, tokens: 4 }),
  },
  w10: {
    about: 'JSON Schema of 6 properties, 10 records',
    full: () => records({ count: 10, words: 110 }, { schema }),
    smoke: () => records({ count: 2, words: 8 }, { schema }),
  },
  w10g: {
    about: 'the same as GBNF',
    full: () => records({ count: 10, words: 110 }, { grammar: gbnf }),
    smoke: () => records({ count: 2, words: 8 }, { grammar: gbnf }),
  },
}

/** What counts of a value's text, so that sides that read JSON and sides that keep its text give the same. */
export function flattened(hole, text) {
  const within = (value) =>
    value === null || typeof value !== 'object' ? [String(value)] : Object.values(value).flatMap(within)
  return hole.schema === undefined ? [text] : within(JSON.parse(text))
}

/** How many texts stand side by side at most. */
export function widthOf({ rounds }) {
  const ends = ({ branches: below = [] }) =>
    below.length === 0 ? 1 : below.reduce((sum, turn) => sum + ends(turn), 0)
  const widths = rounds.map(({ lanes, scores }) =>
    scores === undefined ? lanes.reduce((sum, lane) => sum + ends(lane.at(-1)), 0) : scores.options.length,
  )
  return Math.max(...widths)
}

/** Tokens each text has where several stand side by side and share no cells; one alone has all cells. */
export const cellsEach = 2560

/** For sides whose grammar tells them of an end: a value ends where the text behind it begins, at a line break. */
export const ended = (gbnf) => `${gbnf.replace('root ::=', 'value ::=')}\nroot ::= value "\\n"`
