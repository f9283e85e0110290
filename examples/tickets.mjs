// A support desk: one template, several tickets. Everything before the ticket is the same text in every run, so the
// cache has it from the first run on.
import { gen, input, prompt, regex, select } from 'espalier'

export const triage = prompt`Read the support ticket and fill in the form.

Ticket:
${input('ticket')}

JSON:
{
  "customer": "${gen('customer', { tokensMax: 24 })}",
  "order_id": "${regex('order', /[A-Z0-9-]{3,14}/)}",
  "product": "${gen('product', { tokensMax: 24 })}",
  "category": "${select('category', [
    'shipping',
    'billing',
    'refund',
    'defect',
    'technical',
    'account',
    'cancellation',
    'question',
  ])}",
  "urgency": "${select('urgency', ['low', 'medium', 'high'])}",
  "sentiment": "${select('sentiment', ['positive', 'neutral', 'negative'])}",
  "summary": "${gen('summary', { tokensMax: 40 })}",
  "reply": "${gen('reply', { tokensMax: 60 })}"
}
`

export const tickets = {
  kettle:
    'Hi, my name is Maria Silva. I ordered a kettle (order #48213) on March 3 and it arrived with a broken lid. ' +
    "I'm really upset, this was a birthday gift! Please send a replacement before Friday.",
  webcam:
    'Hello, I am writing about my webcam. My order number is ORD-3129. The parcel has not arrived yet. ' +
    'Whenever you have time, please reply.\nKind regards, Callum Moreau',
  backpack:
    'Good morning, this is Lena Okafor, order KT-5047, a backpack. I was charged twice for it. ' +
    'Please refund the second payment as soon as possible, I am losing my patience.',
}
