// The page without a pointer, without eyes, in the dark and on a small screen.
import type { Page } from 'playwright-core'
import { browserTest, openTrace, tabTo, until, useBrowser, wide } from '../support/browser.js'
import { chat, fanOut, large, treeOfThought, triage } from '../support/made-traces.js'
import { faintTexts, misplacedParts, namelessControls } from '../support/page-checks.mjs'

useBrowser()

const press = async (page: Page, key: string): Promise<void> => {
  await page.keyboard.press(key)
  // What comes into sight gets the focus in the next frame, or the one after.
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

const focused = (page: Page, what: string): Promise<unknown> =>
  page.evaluate(`document.activeElement.${what}`)

browserTest('keys alone: tokens, attempts, what a token is', async () => {
  const { page } = await openTrace(triage())
  const card = page.getByRole('tooltip')
  await tabTo(page, '.text [data-row] > *')
  await press(page, 'Home')
  await page.locator('.t:focus', { hasText: 'You' }).waitFor()
  expect(await card.innerText()).toContain('written by the prompt')
  await press(page, 'ArrowRight')
  await page.locator('.t:focus', { hasText: 'sort' }).waitFor()
  await press(page, 'ArrowLeft')
  await page.locator('.t:focus', { hasText: 'You' }).waitFor()
  await press(page, 'Escape')
  await expect(card.isVisible()).resolves.toBe(false)
  for (
    let row = 0;
    row < 12 && !(await focused(page, 'closest(".row").textContent.includes("2 rolled back")'));
    row += 1
  )
    await press(page, 'ArrowDown')
  for (let part = 0; part < 30 && !(await focused(page, 'matches(".chip")')); part += 1)
    await press(page, 'ArrowRight')
  const attempts = page.locator('.row.attempt.head')
  const before = await attempts.count()
  await press(page, 'Enter')
  expect(await focused(page, 'getAttribute("aria-expanded")')).toBe('false')
  expect(await attempts.count()).toBe(before - 2)
  await press(page, 'Enter')
  expect(await attempts.count()).toBe(before)
  await press(page, 'End')
  await page.locator('.row:not(.attempt) > :focus').waitFor()
  // One token of the text can be reached by Tab, and the next press leaves it.
  await press(page, 'Tab')
  expect(await focused(page, 'closest(".text")')).toBeNull()
})

browserTest('keys alone: search, runs, tabs, the tree, time', async () => {
  const { page } = await openTrace(treeOfThought())
  await press(page, '/')
  expect(await focused(page, 'type')).toBe('search')
  await page.keyboard.type('numbers')
  await page.locator('search output').getByText('1 of').waitFor()
  await tabTo(page, '[role="listbox"]')
  await press(page, 'ArrowDown')
  await press(page, 'ArrowDown')
  await page.getByRole('heading', { name: 'Run 1, thoughts[0].next[0]' }).waitFor()
  await press(page, 'End')
  await page.getByRole('heading', { name: 'Run 1, thoughts[2].next[2]' }).waitFor()
  await press(page, 'Home')
  await page.getByRole('heading', { name: 'Run 1', exact: false }).waitFor()
  await tabTo(page, '[role="radio"], input[type="radio"]')
  await press(page, 'ArrowRight')
  expect(await page.getByLabel('Who wrote it').isChecked()).toBe(true)
  await press(page, '/')
  expect(await focused(page, 'type')).toBe('search')
  await tabTo(page, '[role="tab"]')
  await press(page, 'ArrowRight')
  await page.getByRole('tab', { name: 'Holes and choices', selected: true }).waitFor()
  await press(page, 'ArrowLeft')
  await page.getByRole('tab', { name: 'KV tree', selected: true }).waitFor()
  await tabTo(page, '.node')
  const first = await focused(page, 'dataset.node')
  await press(page, 'ArrowRight')
  await page.locator(`.node.chosen:focus:not([data-node="${first}"])`).waitFor()
  expect(await page.locator('.about').innerText()).toContain('from position')
  await press(page, 'ArrowLeft')
  await page.locator(`.node.chosen:focus[data-node="${first}"]`).waitFor()
  const whole = await page.locator('.canvas g').first().getAttribute('transform')
  await press(page, '+')
  expect(await page.locator('.canvas g').first().getAttribute('transform')).not.toBe(whole)
  await press(page, 'Enter')
  await page.locator('.t.flash').waitFor()
  await tabTo(page, 'input[type="range"]')
  await press(page, 'Home')
  await page.getByText('before the first of').waitFor()
  await press(page, 'ArrowRight')
  await page.getByText('step 1 of').waitFor()
})

browserTest('a screen reader is told what there is', async () => {
  const { page } = await openTrace(treeOfThought())
  const told = await page.locator('body').ariaSnapshot()
  for (const part of [
    '- banner:',
    '- heading "espalier trace" [level=1]',
    '- searchbox "Search the text"',
    '- region "What it cost":',
    '- main:',
    '- navigation "Runs and texts":',
    '- listbox "Texts of this run":',
    '- option "the run’s own text" [selected]',
    '- option "thoughts[1].next[0]"',
    '- region "Text":',
    '- group "Colours":',
    '- radio "What it cost" [checked]',
    '- tab "KV tree" [selected]',
    '- tabpanel "KV tree":',
    '- tree "Cached tokens.',
    '- region "Steps over time":',
    'slider "Moment: steps that have been"',
    '- img "Rows of each step by kind',
  ])
    expect(told).toContain(part)
  expect(told).toMatch(/- '?treeitem "\d+ tokens, in cells[^"]*: Use the four numbers/)
  expect(await page.getByRole('slider').getAttribute('aria-valuetext')).toMatch(
    /^step (\d+) of \1, .* rows: /,
  )
  expect(await page.evaluate(namelessControls)).toEqual([])
  // What is pointed at is described by the card.
  await page.locator('.row .t').first().focus()
  expect(await page.locator('.t:focus').getAttribute('aria-describedby')).toBe('card')
})

const traces = [
  ['triage', triage()],
  ['fan-out', fanOut()],
  ['chat', chat(20)],
  ['many branches', large(600, 40)],
] as const

browserTest.each(traces)(
  '%s: light, dark, wide and narrow, all texts can be read and have room',
  async (_, trace) => {
    const { page, complaints } = await openTrace(trace)
    for (const viewport of [wide, { width: 390, height: 844 }]) {
      await page.setViewportSize(viewport)
      await page.getByRole('tab', { name: 'KV tree' }).click()
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const faint: unknown[] = []
        for (const colours of ['What it cost', 'Who wrote it', 'How sure']) {
          await page.getByRole('radio', { name: colours }).check()
          faint.push(...(await page.evaluate(faintTexts)))
        }
        expect([viewport.width, colorScheme, faint]).toEqual([viewport.width, colorScheme, []])
      }
      expect([viewport.width, await page.evaluate(misplacedParts)]).toEqual([viewport.width, []])
      await page.getByRole('tab', { name: 'Holes and choices' }).click()
      await page.locator('.row .t').first().hover()
      await page.getByRole('tooltip').waitFor()
      expect(await page.evaluate(faintTexts)).toEqual([])
      expect(await page.evaluate(misplacedParts)).toEqual([])
    }
    expect(complaints).toEqual([])
  },
)

browserTest('a reader may choose the other scheme', async () => {
  const { page } = await openTrace(triage(), { colorScheme: 'light' })
  const ground = 'getComputedStyle(document.body).backgroundColor'
  const light = await page.evaluate(ground)
  await page.getByLabel('Theme').selectOption('dark')
  await page.locator('html[data-theme="dark"]').waitFor()
  expect(await page.evaluate(ground)).not.toBe(light)
  expect(await page.evaluate(faintTexts)).toEqual([])
  await page.getByLabel('Theme').selectOption('light')
  await page.locator('html[data-theme="light"]').waitFor()
  expect(await page.evaluate(ground)).toBe(light)
})

browserTest(
  'where the system turns dark, the page and its charts do, unless a scheme was chosen',
  async () => {
    const { page } = await openTrace(triage(), { colorScheme: 'light' })
    const looks = `[getComputedStyle(document.body).backgroundColor,
    ...[...document.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())]`
    const seen = () => page.evaluate<readonly string[]>(looks)
    await page.locator('canvas').first().waitFor()
    const light = await seen()
    expect(light.length).toBeGreaterThan(2)
    const dark = page.locator(':root[data-theme="dark"]')
    await page.emulateMedia({ colorScheme: 'dark' })
    await dark.waitFor()
    await until(async () => (await seen()).every((one, index) => one !== light[index]))
    await page.getByLabel('Theme').selectOption('light')
    await until(async () => (await seen()).every((one, index) => one === light[index]))
  },
)
