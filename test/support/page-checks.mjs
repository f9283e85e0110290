// What of a page one would rather have measured than looked at. These functions run in the browser, each by itself.

/**
 * Texts whose contrast to what lies behind them is below 4.5, as 'text: contrast'. Texts in a picture lie on the box of
 * their node or behind it.
 */
export function faintTexts() {
  const rgb = (color) => {
    const [red, green, blue, alpha = 1] = (color.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number)
    return { red, green, blue, alpha }
  }
  const light = ({ red, green, blue }) => {
    const part = (value) =>
      value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
  }
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor)
      if (color.alpha === 1) return color
    }
    return rgb('rgb(255, 255, 255)')
  }
  const groundsOf = (element) => {
    const rect = element.closest('g.node')?.querySelector('rect')
    if (rect === undefined || rect === null) return [behind(element)]
    const fill = rgb(getComputedStyle(rect).fill)
    const panel = behind(element.closest('.canvas'))
    return getComputedStyle(rect).fill === 'none' ? [panel] : [fill, panel]
  }
  const faint = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.data.trim() === '' || element.closest('script, style, noscript, option, .hidden')) continue
    if (element.getClientRects().length === 0) continue
    const style = getComputedStyle(element)
    const color = rgb(element.closest('svg') === null ? style.color : style.fill)
    const least = Math.min(...groundsOf(element).map((ground) => contrast(color, ground)))
    if (least < 4.5) faint.push(`${node.data.trim().slice(0, 30)}: ${least.toFixed(2)}`)
  }
  return faint
}

/** Names of the page's parts that lie on each other, hang out of the page, or make it scroll sideways. */
export function misplacedParts() {
  const wrong = []
  const parts = [...document.querySelectorAll('header, .summary, .runs, .reading, .side, footer')]
  const boxes = parts.map((part) => ({
    name: part.className || part.tagName,
    at: part.getBoundingClientRect(),
  }))
  for (const [index, { name, at }] of boxes.entries()) {
    if (at.left < 0 || at.right > innerWidth + 0.5) wrong.push(`${name} hangs out`)
    for (const other of boxes.slice(index + 1)) {
      const across = Math.min(at.right, other.at.right) - Math.max(at.left, other.at.left)
      const down = Math.min(at.bottom, other.at.bottom) - Math.max(at.top, other.at.top)
      if (across > 0.5 && down > 0.5) wrong.push(`${name} lies on ${other.name}`)
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('the page scrolls sideways')
  return wrong
}

/** What a reader can act on and a screen reader has no name for. */
export function namelessControls() {
  const named = (element) =>
    [
      element.getAttribute('aria-label'),
      element.textContent,
      ...[...(element.labels ?? [])].map((label) => label.textContent),
    ].some((name) => (name ?? '').trim() !== '')
  return [
    ...document.querySelectorAll('button, input, select, [role="treeitem"], [role="option"], [role="tab"]'),
  ]
    .filter((element) => !named(element))
    .map((element) => element.outerHTML.slice(0, 80))
}
