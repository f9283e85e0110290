// An HTTP server that streams answers as server-sent events. All users share one model, its cache and its steps.
// POST /ask takes {"question": "...", "seed": 7}. Every event is a line of JSON: {"text"} as it is drawn, then {"done"}
// or {"error"}. Who goes away ends their own run, who reads slowly slows their own. SIGTERM lets runs end first.
//   node examples/sse-server.mjs [model.gguf]    curl -N localhost:3000/ask -d '{"question": "Who are you?"}'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { assistant, EspalierError, gen, input, prompt, system, UsageError, user } from 'espalier'
import { runProgram } from './program.mjs'

const answer = gen('answer', { tokensMax: 200, temperature: 0.8 })
const chat = prompt`${system`You are a helpful assistant.`}${user`${input('question')}`}${assistant`${answer}`}`
const bodyBytesMax = 100_000
const graceMs = 10_000

/** The body as JSON. Throws UsageError for what is none, or too long. */
async function bodyOf(request) {
  const bytes = Number(request.headers['content-length'])
  if (!(bytes <= bodyBytesMax)) {
    throw new UsageError('BODY_INVALID', `The body has ${bytes} bytes; expected at most ${bodyBytesMax}.`)
  }
  try {
    return await json(request)
  } catch (error) {
    throw new UsageError('BODY_INVALID', `The body is no JSON: ${error.message}`)
  }
}

/** An error as HTTP has it: whose fault it is, and JSON that `errorFrom` makes the error of again. */
function told(error) {
  if (!(error instanceof EspalierError)) {
    console.error(error)
    return {
      status: 500,
      data: { name: 'InternalError', code: 'INTERNAL', message: 'The server has a fault.' },
    }
  }
  const capacity = error.code === 'QUEUE_FULL' ? 503 : 413
  const statuses = { PromptError: 400, UsageError: 400, CapacityError: capacity }
  return { status: statuses[error.name] ?? 500, data: error.toJSON() }
}

async function ask(model, request, response, write) {
  const gone = new AbortController()
  const { signal } = gone
  response.once('close', () => gone.abort())
  const send = async (data) => {
    // Until the socket takes more, this reads no further, and so the run draws no further.
    if (!response.write(`data: ${JSON.stringify(data)}\n\n`)) await once(response, 'drain', { signal })
  }
  try {
    const { question, seed } = (await bodyOf(request)) ?? {}
    for await (const event of model.stream(chat, { question }, { seed, signal })) {
      // Bad input is refused before there is an event.
      if (!response.headersSent) {
        response.writeHead(200, { 'content-type': 'text/event-stream', connection: 'close' })
      }
      if (event.type === 'token') await send({ text: event.text })
      if (event.type === 'done') await send({ done: event.run.values })
    }
    write('answered')
  } catch (error) {
    if (signal.aborted) return write(`left: ${error.name}`)
    const { status, data } = told(error)
    write(`${status}: ${data.message}`)
    if (response.headersSent) response.write(`data: ${JSON.stringify({ error: data })}\n\n`)
    else response.writeHead(status, { 'content-type': 'application/json' }).write(JSON.stringify(data))
  }
  response.end()
}

export async function main(model, write) {
  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/ask') return ask(model, request, response, write)
    response.writeHead(404).end()
  })
  server.listen(Number(process.env.PORT ?? 3000))
  await once(server, 'listening')
  write(`http://localhost:${server.address().port}/ask`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  server.close()
  setTimeout(() => server.closeAllConnections(), graceMs).unref()
  await once(server, 'close')
}

await runProgram(import.meta.url, main, { queueMax: 100 })
