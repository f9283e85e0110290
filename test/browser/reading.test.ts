// What a reader does with the page of a trace: pointing, folding, choosing, searching, going through time.
import type { Locator, Page } from 'playwright-core'
import type { Trace } from '../../lib/index.js'
import { browserTest, openTrace, useBrowser } from '../support/browser.js'
import { chat, treeOfThought, triage } from '../support/made-traces.js'

useBrowser()

type Fill = Extract<Trace['lines'][number], { type: 'fill' }>

const fillOf = ({ lines }: Trace, text: string): Fill =>
  lines.find((line): line is Fill => line.type === 'fill' && line.text === text)!

const textIn = (page: Page): Locator => page.getByRole('region', { name: 'Text', exact: true })

/** The token of the text that is just these characters. */
const token = (page: Page, text: string): Locator =>
  textIn(page)
    .locator('.row:not(.attempt) .t')
    .filter({ hasText: new RegExp(`^${text}$`) })

/** Of the text in sight, tokens and what stands between them. */
const written = async (page: Page): Promise<string> =>
  (await textIn(page).locator('.row:not(.attempt) .t').allTextContents()).join('')

browserTest('pointing at a token tells how it came to be, and what else could have come', async () => {
  const trace = triage()
  const fill = fillOf(trace, 'high')
  const { page } = await openTrace(trace)
  const card = page.getByRole('tooltip')
  await expect(card.isVisible()).resolves.toBe(false)
  await token(page, 'high').hover()
  const told = await card.innerText()
  const percent = Math.round(Math.exp(fill.logprobs[0]!) * 100)
  expect(told).toContain(`${percent}\u00a0% probable`)
  expect(told).toContain('hole priority')
  expect(told).toContain('attempt 3')
  expect(told).toContain('The hole takes a constraint: low, normal or high, which did not let it come')
  const rows = card.getByRole('row')
  expect(await rows.count()).toBe(fill.alternatives[0]!.length)
  expect(await rows.filter({ hasText: '✓ chosen' }).locator('th').innerText()).toBe('high')
  expect(await rows.filter({ hasText: '✗ not allowed' }).locator('th').innerText()).toBe('␣urgent')
  await page.keyboard.press('Escape')
  await expect(card.isVisible()).resolves.toBe(false)
  await token(page, 'Ticket').hover()
  expect(await card.innerText()).toMatch(/written by the prompt, computed from known text/)
  await page.getByRole('heading', { name: 'Run 1' }).hover()
  await expect(card.isVisible()).resolves.toBe(false)
})

browserTest('an attempt that was rolled back is shown with its reason, and folded away', async () => {
  const { page } = await openTrace(triage())
  const chip = page.getByRole('button', { name: '2 rolled back' })
  const reason = textIn(page).getByText('nobody answered: it has waited too long')
  expect(await chip.getAttribute('aria-expanded')).toBe('true')
  await expect(reason.isVisible()).resolves.toBe(true)
  const before = await written(page)
  await chip.click()
  expect(await chip.getAttribute('aria-expanded')).toBe('false')
  expect(await reason.count()).toBe(0)
  expect(await written(page)).toBe(before)
  await chip.click()
  await reason.waitFor()
  await textIn(page).locator('.row.attempt .t').first().hover()
  expect(await page.getByRole('tooltip').innerText()).toContain('in attempt 1, which was rolled back')
})

browserTest('a branch is read like the run’s own text, and the tree marks what it uses', async () => {
  const { page } = await openTrace(treeOfThought())
  const list = page.getByRole('listbox', { name: 'Texts of this run' })
  const used = () => page.locator('.node.used').evaluateAll((nodes) => nodes.map((node) => node.dataset.node))
  const own = await used()
  await list.getByRole('option', { name: 'thoughts[1]', exact: false }).first().click()
  await page.getByRole('heading', { name: 'Run 1, thoughts[1]' }).waitFor()
  expect(await written(page)).toContain('13 - 9 = 4, left are 4 4 10')
  expect(await used()).not.toEqual(own)
  await page.getByRole('tab', { name: 'Holes and choices' }).click()
  await page.getByRole('button', { name: 'thoughts[2].next[0].idea' }).click()
  await page.getByRole('heading', { name: 'Run 1, thoughts[2].next[0]' }).waitFor()
  await page.getByRole('tab', { name: 'KV tree' }).click()
  const bar = page.getByRole('treeitem', { name: /Use the four numbers/ })
  await bar.click()
  expect(await page.locator('.about').innerText()).toContain('used by this text')
})

browserTest('another run is another text, from where it is its own', async () => {
  const { page } = await openTrace(chat(12))
  const runs = page.getByRole('listbox', { name: 'Runs' })
  await page.getByRole('heading', { name: 'Run 12' }).waitFor()
  expect(await runs.getByRole('option', { selected: true }).innerText()).toContain('question 12')
  await expect(isInSight(runs.getByRole('option', { selected: true }), runs)).resolves.toBe(true)
  await runs.getByRole('option').nth(5).click()
  await page.getByRole('heading', { name: 'Run 6', exact: false }).waitFor()
  await textIn(page).getByText('a gardener would not say so').waitFor()
  expect(await page.getByRole('region', { name: 'What it cost' }).innerText()).toContain(
    '1 attempt rolled back',
  )
})

const isInSight = async (inner: Locator, outer: Locator): Promise<boolean> => {
  const [one, other] = [(await inner.boundingBox())!, (await outer.boundingBox())!]
  return one.y >= other.y - 1 && one.y + one.height <= other.y + other.height + 1
}

browserTest('the slider goes through time: text, tree, cost and holes are those of the moment', async () => {
  const { page } = await openTrace(triage())
  const slider = page.getByRole('slider', { name: /Moment/ })
  const all = Number(await slider.getAttribute('max'))
  const end = await written(page)
  const seen: { text: string; nodes: number }[] = []
  for (let step = 0; step <= all; step += 1) {
    await slider.fill(String(step))
    await page
      .locator('output.words')
      .getByText(step === 0 ? /before the first/ : `step ${step} of`)
      .waitFor()
    seen.push({ text: await written(page), nodes: await page.getByRole('treeitem').count() })
  }
  expect(seen[0]!.nodes).toBe(0)
  await expect(page.getByText('No tokens are cached').count()).resolves.toBe(0)
  expect(seen.at(-1)!.text).toBe(end)
  expect(new Set(seen.map(({ text }) => text)).size).toBeGreaterThan(2)
  for (const [index, { text }] of seen.entries()) {
    expect(end.startsWith(text)).toBe(true)
    expect(text.length).toBeGreaterThanOrEqual(seen[index - 1]?.text.length ?? 0)
  }
  await slider.fill('2')
  expect(await page.getByRole('region', { name: 'What it cost' }).innerText()).toContain(
    'goes on at this moment',
  )
  const before = await page.getByRole('region', { name: 'Text', exact: true }).boundingBox()
  await slider.fill(String(all))
  expect(await page.getByRole('region', { name: 'What it cost' }).innerText()).toContain('tokens computed')
  // Nothing moves but what changes.
  const behind = await page.getByRole('region', { name: 'Text', exact: true }).boundingBox()
  expect(Math.abs(behind!.y - before!.y)).toBeLessThan(0.5)
})

browserTest('a search goes from hit to hit, and says where there is none', async () => {
  const { page } = await openTrace(chat(12))
  const field = page.getByRole('searchbox')
  const says = page.locator('search output')
  await field.fill('Gardener')
  await says.getByText('1 of 1').waitFor()
  const hit = textIn(page).locator('.t.shown').first()
  await hit.waitFor()
  await expect(isInSight(hit, page.locator('.text'))).resolves.toBe(true)
  await field.fill('im_start')
  await says.getByText(/^1 of \d\d$/).waitFor()
  await page.keyboard.press('Enter')
  await says.getByText(/^2 of/).waitFor()
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.press('Shift+Enter')
  await says.getByText(/^(\d\d) of \1$/).waitFor()
  await page.getByRole('button', { name: 'Next hit' }).click()
  await says.getByText(/^1 of/).waitFor()
  await field.fill('no such words')
  await says.getByText('not found').waitFor()
  expect(await textIn(page).locator('.t.hit, .t.shown').count()).toBe(0)
})

browserTest(
  'the tree is moved by its nodes without choosing one, and stands still while one points at them',
  async () => {
    const { page } = await openTrace(treeOfThought())
    const picture = page.locator('.canvas g').first()
    const node = page.locator('.node').nth(5)
    const place = () => picture.getAttribute('transform')
    const before = await place()
    await node.hover()
    expect(await page.locator('.about').innerText()).toContain('from position')
    expect(await place()).toBe(before)
    const { x, y } = (await node.boundingBox())!
    await page.mouse.move(x + 8, y + 8)
    await page.mouse.down()
    await page.mouse.move(x - 60, y + 40, { steps: 5 })
    await page.mouse.up()
    expect(await place()).not.toBe(before)
    expect(await page.locator('.node.chosen').count()).toBe(0)
    await page.mouse.wheel(0, 80)
    await page.getByRole('button', { name: 'Fit' }).click()
    const panel = (await page.locator('.canvas').boundingBox())!
    for (const box of await Promise.all(
      (await page.locator('.node rect').all()).map((one) => one.boundingBox()),
    )) {
      expect(box!.x).toBeGreaterThanOrEqual(panel.x)
      expect(box!.x + box!.width).toBeLessThanOrEqual(panel.x + panel.width)
      expect(box!.y).toBeGreaterThanOrEqual(panel.y)
      expect(box!.y + box!.height).toBeLessThanOrEqual(panel.y + panel.height)
    }
  },
)

browserTest('nodes whose room was given to others are told, or hidden', async () => {
  const { page } = await openTrace(triage())
  const all = await page.locator('.node').count()
  const freed = await page.locator('.node.freed').count()
  expect(freed).toBeGreaterThan(0)
  await page.getByRole('checkbox', { name: 'freed' }).uncheck()
  await page.locator('.node.freed').first().waitFor({ state: 'detached' })
  expect(await page.locator('.node').count()).toBe(all - freed)
})

browserTest('the sign where texts begin leads to the first of them', async () => {
  const { page } = await openTrace(treeOfThought())
  await page.getByRole('button', { name: '3 texts begin' }).first().click()
  await page.getByRole('heading', { name: 'Run 1, thoughts[0]', exact: false }).waitFor()
})
