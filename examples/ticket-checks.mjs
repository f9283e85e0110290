// Ticket triage under house rules. Names and numbers must be copied from the ticket, and no reply may say sorry:
// a value that breaks its rule is cut out of the cache where it went wrong, and the model goes on from there.
import { gen, prompt, regex, select } from 'espalier'
import { costOf, runProgram, showCost } from './program.mjs'

const tickets = [
  `Hello, my name is Nora Jensen. The blender (order 59302) stopped working after two weeks. I am very angry.`,
  'Hi, this is Pedro Okafor, order ORD-4417, a desk lamp. It arrived with a cracked lid. ' +
    'Please let me know what to do.',
  `Good morning, I am Leila Novak. My rice cooker has not arrived yet. Order number: 73015. There is no rush.`,
]
const categories = ['shipping', 'billing', 'refund', 'defect', 'account', 'cancellation', 'question']
/** The form for one ticket; its checks look at the ticket itself. */
function triage(ticket) {
  const isCopied = (value) => ticket.includes(value) || `${JSON.stringify(value)} is not in the ticket`
  return prompt`Ticket: ${ticket}

Customer: ${gen('customer', { tokensMax: 20, check: isCopied })}
Order id: ${regex('order', /[A-Z0-9-]{4,12}/, { check: isCopied })}
Category: ${select('category', categories)}
Reply: ${gen('reply', { tokensMax: 60, checkEvery: 'word', retries: 8, check: admitsNothing })}
`
}

/** The company's lawyers want no apologies. */
function admitsNothing(reply) {
  if (!/sorry|apolog/i.test(reply)) return true
  // The greeting stays, up to its comma.
  return { from: reply.indexOf(',') + 1, reason: 'it admits guilt' }
}

export async function main(model, write) {
  const base = await model.start(prompt`Read the support ticket and fill in the form.\n\n`)
  const runs = await Promise.all(tickets.map((ticket) => base.extend(triage(ticket))))
  for (const { values, trace } of runs) {
    write(`${values.customer}, order ${values.order}: ${values.category}`)
    for (const { type, text, reason } of trace) {
      if (type === 'rollback') write(`  undone (${reason}): ${text}`)
    }
    write(`  ${values.reply}\n`)
  }
  const cost = costOf(base, ...runs)
  write(showCost(cost))
  return {
    tickets: runs.map(({ values }) => values),
    rollbacks: runs.flatMap(({ trace }) => trace.filter(({ type }) => type === 'rollback')),
    cost,
  }
}

await runProgram(import.meta.url, main)
