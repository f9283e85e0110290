// What "espalier demo" runs: a support desk's form, filled three times by the model that comes with the
// package. A rule rejects one value, so that there is something to see taken back.
import { gen, regex, select } from '../prompt/hole.js'
import { prompt } from '../prompt/prompt.js'

const urgencies = ['low', 'medium', 'high']
const isPressing = (text: string): boolean => /as soon as possible|before \w+day/i.test(text)

/** What stands before the ticket is the same text each time, and computed once. */
export const formFor = (ticket: string) => prompt`Read the support ticket and fill in the form.

Ticket:
${ticket}

JSON:
{
  "customer": "${gen('customer', { tokensMax: 24 })}",
  "order_id": "${regex('order', /[A-Z0-9-]{3,14}/)}",
  "category": "${select('category', ['shipping', 'billing', 'refund', 'defect', 'technical', 'question'])}",
  "urgency": "${select('urgency', urgencies, {
    retries: urgencies.length,
    check: (urgency) => urgency === 'high' || !isPressing(ticket) || 'whoever names a time is urgent',
  })}",
  "summary": "${gen('summary', { tokensMax: 40 })}",
  "reply": "${gen('reply', { tokensMax: 60 })}"
}
`

const charged =
  'Good morning, this is Lena Okafor, order KT-5047, a backpack. I was charged twice for it. Please refund the ' +
  'second payment as soon as possible, I am losing my patience.'
const broken =
  'Hi, my name is Maria Silva. I ordered a kettle (order #48213) on March 3 and it arrived with a broken lid. ' +
  "I'm really upset, this was a birthday gift!"

/** `known`: values that are read, and not generated. */
export const tickets = [
  { title: 'A ticket', ticket: charged, known: {} },
  { title: 'Another ticket', ticket: broken, known: {} },
  {
    title: 'The first one again: a person said it is about a refund',
    ticket: charged,
    known: { category: 'refund' },
  },
] as const
