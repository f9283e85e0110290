// What a text of anybody may do to the page: nothing. It stays text wherever it is shown, and the page asks nobody.
import type { Page } from 'playwright-core'
import type { Trace } from '../../lib/index.js'
import { browserTest, openTrace, useBrowser } from '../support/browser.js'
import { type Growth, TraceMaker } from '../support/made-trace.js'
import { chat, treeOfThought, triage } from '../support/made-traces.js'
import { faintTexts, misplacedParts } from '../support/page-checks.mjs'

useBrowser()

/** What a page shows as it is. */
const shown =
  '</script><script>alert("x")</script><!--<script><img src="http://127.0.0.1:9/a.png" onerror=alert(1)>'
const evil = `${shown}{{x}}&lt;\u2028\u202e`

/** A run in which all that a caller, a model or a schema may write is `evil`; the next one failed with it. */
function hostile(): Trace {
  const maker = new TraceMaker()
  const run = maker.run(evil)
  const { own } = run
  run.text('literal', `Said: ${evil}\n`)
  run.text('input', `${evil}\n`)
  const ask = { takes: evil, closed: [evil], rejected: [[evil, evil]] as const }
  run.fill([{ at: own, name: evil, text: evil, ask }])
  const option = {
    option: evil,
    tokens: 1,
    sum: 0,
    mean: 0,
    unconditional: null,
    calibrated: null,
    probability: 1,
  }
  run.choices[evil] = { options: [option], by: evil, margin: 1 }
  run.votes[evil] = { options: [{ key: evil, votes: 1 }], winner: evil, abstained: 0 }
  const [branch] = run.branches(own, [evil]) as [Growth]
  run.text('literal', evil, branch)
  run.branchEnd(branch, evil)
  run.event({ type: 'warning', hole: evil, message: evil })
  run.end()
  const failed = maker.run(evil)
  failed.text('literal', evil)
  const error = { code: 'ATTEMPTS_SPENT', message: evil }
  const none = { texts: [], ledger: null, values: {}, kept: [], choices: {}, votes: {} }
  maker.line({ type: 'end', run: 1, outcome: 'failed', error, ...none })
  const trace = maker.trace()
  return { ...trace, model: { ...trace.model, name: evil, description: evil } }
}

const elements = (page: Page): Promise<unknown> =>
  page.evaluate(
    '[...document.querySelectorAll("script, img, iframe, object, link, a")].map((one) => one.tagName)',
  )

browserTest(
  'a script in texts, names, reasons, values and errors stays text, wherever it is shown',
  async () => {
    const { page, complaints, requests } = await openTrace(hostile())
    const cost = page.getByRole('region', { name: 'What it cost' })
    expect(await cost.innerText()).toContain(shown)
    expect(await page.getByRole('banner').innerText()).toContain(shown)
    expect(await page.getByRole('option').last().innerText()).toContain(shown)
    await page.getByRole('listbox', { name: 'Runs' }).getByRole('option').first().click()
    await page.getByRole('heading', { name: 'Run 1', exact: false }).waitFor()
    const text = await page.locator('.row:not(.attempt) .t').allTextContents()
    // The prompt's, the input's and the model's.
    expect(text.join('').split(shown)).toHaveLength(4)
    expect(text.join('')).toContain('<2028><202E>')
    expect(text.join('')).not.toMatch(/[\u2028\u202e]/)
    expect((await page.locator('.row.head').allInnerTexts()).join('')).toContain(shown.slice(0, 60))
    await page.locator('.row:not(.attempt) .t.drawn').first().hover()
    expect(await page.getByRole('tooltip').innerText()).toContain(shown)
    for (const node of await page.locator('.node').all()) await node.hover()
    await page.getByRole('tab', { name: 'Holes and choices' }).click()
    expect(await page.getByRole('list', { name: 'Warnings' }).innerText()).toContain(shown)
    const holes = await page.getByRole('tabpanel').innerText()
    expect(holes.split(shown).length).toBeGreaterThan(5)
    await page.getByRole('listbox', { name: 'Texts of this run' }).getByRole('option').last().click()
    await page.getByRole('heading', { name: `Run 1, ${evil.slice(0, 20)}`, exact: false }).waitFor()
    await page.getByRole('searchbox').fill(evil)
    await page.locator('.t.hit, .t.shown').first().waitFor()
    expect(await elements(page)).toEqual(['SCRIPT', 'SCRIPT'])
    expect(await page.evaluate(misplacedParts)).toEqual([])
    expect(complaints).toEqual([])
    expect(requests).toHaveLength(1)
  },
)

browserTest.each([
  ['triage', triage()],
  ['tree of thought', treeOfThought()],
  ['chat', chat(6)],
])('%s: the page asks nobody, and the browser has nothing to complain of', async (_, trace) => {
  const { page, complaints, requests } = await openTrace(trace)
  for (const colours of ['Who wrote it', 'How sure']) await page.getByRole('radio', { name: colours }).check()
  for (const tab of ['Holes and choices', 'KV tree']) await page.getByRole('tab', { name: tab }).click()
  await page.getByRole('slider').fill('1')
  await page.getByRole('button', { name: /Play/ }).click()
  await page.locator('.row .t').first().hover()
  await page.mouse.wheel(0, 300)
  expect(complaints).toEqual([])
  expect(requests).toHaveLength(1)
})

browserTest('the checks of these tests see what they are for', async () => {
  const { page, complaints, requests } = await openTrace(triage())
  const refused = async (script: string): Promise<void> => {
    const before = complaints.length
    await page.evaluate(script)
    await expect(page.waitForTimeout(200).then(() => complaints.length)).resolves.toBeGreaterThan(before)
    expect(complaints.at(-1)).toMatch(/Content Security Policy/)
  }
  await refused('fetch("http://127.0.0.1:9/").catch(() => {})')
  await refused(
    'document.body.append(Object.assign(document.createElement("script"), { textContent: "alert(1)" }))',
  )
  await refused('document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/a.png" }))')
  // Also what is refused was asked for.
  expect(requests).toContain('http://127.0.0.1:9/a.png')
  await page.evaluate('document.querySelector(".lead").style.color = "#bbb"')
  expect(await page.evaluate(faintTexts)).not.toEqual([])
  await page.evaluate('document.querySelector(".side").style.marginLeft = "-60px"')
  expect(await page.evaluate(misplacedParts)).toEqual(['reading lies on side'])
})
