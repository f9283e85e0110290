// Numbers as they are written. All that JSON.stringify prints of a double inside of the bounds is taken; nothing is
// taken that is outside of them, be it as a double or exactly. Judged by arithmetic alone, of doubles and of bigints.
import { readerOf } from '../support/schema-reader.js'

const shapesMax = Number(process.env.ESPALIER_FUZZ_SCHEMAS ?? 60)
let state = Number(process.env.ESPALIER_FUZZ_SEED ?? 1) | 0

function below(max: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return Math.floor(((state >>> 8) / 2 ** 24) * max)
}

function of<T>(items: readonly T[]): T {
  return items[below(items.length)]!
}

const bits = new DataView(new ArrayBuffer(8))

function fromBits(all: bigint): number {
  bits.setBigInt64(0, all)
  return bits.getFloat64(0)
}

/** The double so many steps away. */
function beside(value: number, steps: number): number {
  if (value === 0) return steps * Number.MIN_VALUE
  bits.setFloat64(0, value)
  const next = fromBits(bits.getBigInt64(0) + BigInt(value > 0 ? steps : -steps))
  return Number.isFinite(next) ? next : value
}

function randomBits(): number {
  const value = fromBits(
    BigInt.asIntN(
      64,
      (BigInt(below(2 ** 24)) << 40n) ^ BigInt(below(2 ** 24)) ^ (BigInt(below(2 ** 20)) << 20n),
    ),
  )
  return Number.isFinite(value) ? value : 1.5
}

const edges = [
  0,
  1,
  2,
  10,
  100,
  0.1,
  0.3,
  0.5,
  1e-5,
  1e-6,
  1e-7,
  1e20,
  1e21,
  1e22,
  2 ** 53,
  2 ** 53 + 2,
  1e100,
  1e300,
]
edges.push(
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  2.2250738585072014e-308,
  1e-300,
  123456789012345680000,
  0.1 + 0.2,
  5000,
)

function number(): number {
  const value =
    below(5) === 0 ? randomBits() : below(3) === 0 ? below(2000) / of([1, 10, 100, 1000]) : of(edges)
  return below(3) === 0 ? -value : value
}

interface Shape {
  readonly type: 'number' | 'integer'
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  not?: { enum: number[] }
}

function shape(): Shape {
  const made: Shape = { type: of(['number', 'number', 'integer']) }
  const [low, high] = [number(), below(4) === 0 ? beside(number(), below(5)) : number()].sort((a, b) => a - b)
  if (below(4) > 0) made[of(['minimum', 'exclusiveMinimum'] as const)] = low!
  if (below(4) > 0) made[of(['maximum', 'exclusiveMaximum'] as const)] = high!
  if (below(6) === 0) made.not = { enum: Array.from({ length: 1 + below(3) }, number) }
  return made
}

function hasDouble(shape: Shape, value: number): boolean {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, not } = shape
  return (
    Number.isFinite(value) &&
    (type === 'number' || Number.isInteger(value)) &&
    !(value < (minimum ?? value)) &&
    !(value > (maximum ?? value)) &&
    !(exclusiveMinimum !== undefined && value <= exclusiveMinimum) &&
    !(exclusiveMaximum !== undefined && value >= exclusiveMaximum) &&
    !not?.enum.includes(value)
  )
}

/** A decimal as units and a power of ten. */
function exact(text: string): [units: bigint, power: number] {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return [BigInt(`${whole}${fraction}`), Number(power) - fraction.length]
}

function order(a: string, b: number): number {
  const [left, right] = [exact(a), exact(String(b))]
  const power = Math.min(left[1], right[1])
  const [x, y] = [left, right].map(([units, own]) => units * 10n ** BigInt(own - power))
  return x! < y! ? -1 : x! > y! ? 1 : 0
}

function hasExact(shape: Shape, text: string): boolean {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, not } = shape
  const [units, power] = exact(text)
  return (
    (type === 'number' || power >= 0 || units % 10n ** BigInt(-power) === 0n) &&
    (minimum === undefined || order(text, minimum) >= 0) &&
    (maximum === undefined || order(text, maximum) <= 0) &&
    (exclusiveMinimum === undefined || order(text, exclusiveMinimum) > 0) &&
    (exclusiveMaximum === undefined || order(text, exclusiveMaximum) < 0) &&
    (not?.enum ?? []).every((value) => order(text, value) !== 0)
  )
}

/** Doubles around all that the shape says, and some between. */
function doubles(shape: Shape): number[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, not } = shape
  const said = [minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...(not?.enum ?? [])].filter(
    (each) => each !== undefined,
  )
  const [low, high] = [minimum ?? exclusiveMinimum ?? -1e6, maximum ?? exclusiveMaximum ?? 1e6]
  const between = [0.25, 0.5, 0.9].map((part) => low * (1 - part) + high * part)
  const near = [...said, 0, number(), ...between].flatMap((value) =>
    [-2, -1, 0, 1, 2].map((steps) => beside(value, steps)),
  )
  return [...near, ...near.map((value) => Math.round(value)), randomBits(), Math.sqrt(Math.abs(low)), -0]
}

/** Another spelling of about the same number. */
function respelled(text: string): string {
  const [mantissa = '', power = '0'] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const tail = of(['', '0', '00000000000000000001', '49', '5', '9999999999999999999999', String(below(1e6))])
  const digits = fraction + tail
  const point = digits === '' ? '' : `.${digits}`
  switch (below(5)) {
    case 0:
      return `${whole}${point}${Number(power) === 0 ? '' : `E${power}`}`
    case 1: {
      const sign = whole.startsWith('-') ? '-' : ''
      const all = (whole.replace('-', '') + digits).replace(/^0+/, '')
      if (all === '') return `${whole}${point}`
      const zeros = (whole.replace('-', '') + digits).length - all.length
      const shift = whole.replace('-', '').length - zeros - 1 + Number(power)
      const written = `${Math.abs(shift)}`.padStart(of([1, 2, 3]), '0')
      const exponent = `${of(['e', 'E'])}${shift < 0 ? '-' : of(['', '+'])}${written}`
      return `${sign}${all[0]}${all.length > 1 ? `.${all.slice(1)}` : ''}${exponent}`
    }
    case 2:
      return `${whole}${point}e${Number(power) + of([-1, 1, 300, -300])}`
    case 3:
      return `${whole}${tail.replace(/^0+/, '')}`
    default:
      return `${whole}${point}${power === '0' ? '' : `e${power}`}`
  }
}

test(`all that JSON prints of a double inside of ${shapesMax} shapes, and nothing outside`, () => {
  const wrong: string[] = []
  const counts = { printed: 0, spelled: 0, taken: 0 }
  for (let count = 0; count < shapesMax; count++) {
    const made = shape()
    const takes = readerOf(made)
    for (const value of doubles(made)) {
      const text = JSON.stringify(value)
      counts.printed++
      if (takes(text) !== hasDouble(made, value)) wrong.push(`${text} of ${JSON.stringify(made)}`)
      const other = respelled(text)
      if (!Number.isFinite(Number(other))) expect([other, takes(other)]).toEqual([other, false])
      counts.spelled++
      if (!takes(other)) continue
      counts.taken++
      if (!hasDouble(made, Number(other)) || !hasExact(made, other))
        wrong.push(`${other} of ${JSON.stringify(made)}`)
    }
  }
  if (process.env.ESPALIER_FUZZ_SCHEMAS) console.log(counts, wrong.length)
  expect(wrong).toEqual([])
  expect(counts.taken).toBeGreaterThan(counts.spelled * 0.1)
})
