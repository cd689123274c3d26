// The inference surface, driven by OpenAI's own SDK for JavaScript.
import assert from 'node:assert/strict';
import OpenAI, { AuthenticationError, InternalServerError, NotFoundError, PermissionDeniedError, RateLimitError } from 'openai';
import { all, answer, gateway, refused, token } from './check.mjs';

const client = (caller, api = 'openai') =>
  new OpenAI({ baseURL: `${gateway}/ai-gateway/${api}/v1`, apiKey: token(caller), maxRetries: 0 });
const alice = client('alice');
const model = 'main.default.gpt';
const say = content => ({ model, messages: [{ role: 'user', content }], max_completion_tokens: 50 });
const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

// Chat completions.
for (const api of ['openai', 'mlflow']) {
  const chat = await answer(`chat.completions.create, ${api}`, () => client('alice', api).chat.completions.create(say('Hello?')), c => c.choices[0].message.content);
  assert.equal(chat.choices[0].message.content, 'Hello from opus');
  assert.equal(chat.usage.total_tokens, 15);
  assert.match(chat._request_id, /^[0-9a-f-]{36}$/, 'the id of the request');
}
const chunks = await answer('chat.completions.create, a stream', async () =>
  all(await alice.chat.completions.create({ ...say('Hello?'), stream: true, stream_options: { include_usage: true } })),
  list => `${list.length} chunks`);
assert.equal(chunks.map(c => c.choices[0]?.delta.content ?? '').join(''), 'Hello from opus');
assert.equal(chunks.at(-1).usage.total_tokens, 15);
const streamed = await answer('chat.completions.stream', () => alice.chat.completions.stream(say('Hello?')).finalChatCompletion(), c => c.choices[0].message.content);
assert.equal(streamed.choices[0].message.content, 'Hello from opus');

// A function, called by the model in a stream and answered by the program.
const weather = await answer('chat.completions.stream, with a tool', () =>
  alice.chat.completions.stream({ ...say('What is the weather?'), tools }).finalChatCompletion(), c => c.choices[0].message.tool_calls);
const [toolCall] = weather.choices[0].message.tool_calls;
assert.deepEqual([toolCall.function.name, JSON.parse(toolCall.function.arguments)], ['get_weather', { city: 'Zürich' }]);
const told = await answer('chat.completions.create, with the result of a tool', () => alice.chat.completions.create({
  ...say('What is the weather?'), tools,
  messages: [...say('What is the weather?').messages, weather.choices[0].message, { role: 'tool', tool_call_id: toolCall.id, content: '18 °C' }],
}), c => c.choices[0].message.content);
assert.equal(told.choices[0].message.content, 'Hello from opus');

// Responses.
const ask = input => ({ model, input, max_output_tokens: 50 });
const response = await answer('responses.create', () => alice.responses.create(ask('Hello?')), r => r.output_text);
assert.equal(response.output_text, 'Hello from opus');
assert.equal(response.usage.total_tokens, 46);
const final = await answer('responses.stream', () => alice.responses.stream(ask('Hello?')).finalResponse(), r => r.output_text);
assert.equal(final.output_text, 'Hello from opus');
const events = await answer('responses.create, a stream with a tool', async () =>
  all(await alice.responses.create({ ...ask('What is the weather?'), stream: true, tools: [{ type: 'function', ...tools[0].function, strict: false }] })), list => list.map(e => e.type).join(' '));
assert.deepEqual(JSON.parse(events.find(e => e.type === 'response.function_call_arguments.done').arguments), { city: 'Zürich' });

// Embeddings: asked for in base64, which is the SDK's own choice.
const vectors = await answer('embeddings.create', () => alice.embeddings.create({ model, input: ['one', 'zwölf'] }), e => e.data[0].embedding);
assert.deepEqual(vectors.data.map(d => d.embedding), [[0.5, -0.25], [1, 2]]);
const floats = await answer('embeddings.create, as numbers', () => alice.embeddings.create({ model, input: ['one', 'zwölf'], encoding_format: 'float' }), e => e.data[0].embedding);
assert.deepEqual(floats.data[0].embedding, [0.0023064255, -0.009327292, 1e-7]);

// Models: those that the caller may call.
const models = await answer('models.list', () => all(alice.models.list()), l => l.map(m => m.id));
assert.ok(models.some(m => m.id === model && m.object === 'model' && m.created > 0), 'the service is a model');
assert.deepEqual(await answer('models.list, by bob', () => all(client('bob').models.list())), []);

// Refusals, each in the class that the SDK has for it.
const create = (who, more) => () => who.chat.completions.create({ ...say('Hello?'), ...more });
const id = { requestID: /^[0-9a-f-]{36}$/ };
await refused('chat.completions.create, by nobody', create(client('nobody')), AuthenticationError, { ...id, status: 401, type: 'authentication_error', code: 'unauthenticated' });
const hidden = await refused('chat.completions.create, by bob', create(client('bob')), NotFoundError, { ...id, status: 404, type: 'invalid_request_error', code: 'not_found' });
const missing = await refused('chat.completions.create, no such service', create(client('bob'), { model: 'main.default.gpx' }), NotFoundError, { ...id, status: 404, code: 'not_found' });
assert.equal(missing.message.replace('gpx', 'gpt'), hidden.message, 'what is hidden is answered as what is missing');
await refused('chat.completions.create, a limit of 0', create(alice, { model: 'main.default.closed_gpt' }), PermissionDeniedError, { ...id, status: 403, type: 'permission_error', code: 'permission_denied' });
await answer('chat.completions.create, within the limit', create(alice, { model: 'main.default.small_gpt' }), c => c.choices[0].message.content);
for (const stream of [false, true]) {
  const over = await refused(`chat.completions.create, over the limit, stream ${stream}`, create(alice, { model: 'main.default.small_gpt', stream }), RateLimitError, { ...id, status: 429, type: 'rate_limit_error', code: 'request_limit_exceeded' });
  const wait = Number(over.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 61, `Retry-After is ${wait}`);
}
await refused('chat.completions.create, the provider is down', create(alice, { messages: say('Be busy.').messages }), InternalServerError, { ...id, status: 503, type: 'server_error' });

// A stream that the program goes away from, in both ways there are.
const story = await answer('chat.completions.create, a stream that does not end', () => alice.chat.completions.create({ ...say('Tell a long story.'), stream: true }), () => 'begun');
let heard = '';
for await (const c of story) {
  heard += c.choices[0]?.delta.content ?? '';
  if (heard === 'Once upon a time') break;
}
const stop = new AbortController();
const aborted = await answer('chat.completions.create, aborted', async () => {
  const list = [];
  for await (const c of await alice.chat.completions.create({ ...say('Tell a long story.'), stream: true }, { signal: stop.signal })) {
    list.push(c.choices[0]?.delta.content ?? '');
    if (list.join('') === 'Once upon a time') stop.abort();
  }
  return list.join('');
});
assert.equal(aborted, 'Once upon a time');
