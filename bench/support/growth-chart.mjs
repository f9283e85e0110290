// A picture of what bench/growth.mjs has printed: for each case a line of what a request or a token costs outside of
// llama_decode against what grows, both in powers. A flat line is what is wanted. Decides how it looks; measures
// nothing.

const about = {
  length: 'a request, by tokens of its transcript',
  stream: 'a token, by tokens before it',
  live: 'a request, by transcripts alive',
  branches: 'a token, by branches drawn at once',
  vocabulary: 'a token at a temperature, by the vocabulary',
}
const [width, height, left, top, gap, textWidth] = [300, 110, 14, 26, 34, 40]

function panel(name, lines, x, y) {
  const micros = (line) => line.loopMicros ?? line.outsideMicros
  const most = Math.max(...lines.map(micros)) * 1.2
  const span = Math.log(lines.at(-1).size / lines[0].size) || 1
  const at = (line) => [
    x + left + (Math.log(line.size / lines[0].size) / span) * (width - 4 * left),
    y + top + (height - top) * (1 - micros(line) / most),
  ]
  const points = lines.map((line) =>
    at(line)
      .map((value) => value.toFixed(1))
      .join(','),
  )
  const marks = lines.flatMap((line, index) => {
    const [px, py] = at(line)
    const dot = `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="#2f6f4f"/>`
    // Two that stand close would be written over each other.
    const next = lines[index + 1]
    if (next !== undefined && at(next)[0] - px < textWidth) return [dot]
    return [
      dot,
      `<text x="${px.toFixed(1)}" y="${(py - 7).toFixed(1)}" font-size="10">${Math.round(micros(line))} µs</text>`,
      `<text x="${px.toFixed(1)}" y="${y + height + 14}" font-size="10" fill="#666">${line.size}</text>`,
    ]
  })
  return [
    `<text x="${x + left}" y="${y + 12}" font-weight="bold">${about[name] ?? name}</text>`,
    `<line x1="${x + left}" y1="${y + height}" x2="${x + width - left}" y2="${y + height}" stroke="#bbb"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#2f6f4f" stroke-width="1.5"/>`,
    ...marks,
  ]
}

/** @returns {string} the text of an SVG file */
export function growthChart(lines) {
  const names = [...new Set(lines.map((line) => line.case))]
  const rows = Math.ceil(names.length / 2)
  const [w, h] = [2 * width + left, rows * (height + gap)]
  const panels = names.flatMap((name, index) => {
    const own = lines.filter((line) => line.case === name)
    return panel(name, own, (index % 2) * width, Math.floor(index / 2) * (height + gap))
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">`,
    '<title>What a request and a token cost in JavaScript, by what grows</title>',
    '<style>text{font:11px sans-serif;fill:#333}</style>',
    `<rect width="${w}" height="${h}" fill="#fff"/>`,
    ...panels,
    '</svg>\n',
  ].join('\n')
}
