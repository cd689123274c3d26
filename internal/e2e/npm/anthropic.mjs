// The inference surface, driven by Anthropic's own SDK for JavaScript.
import assert from 'node:assert/strict';
import Anthropic, { AuthenticationError, InternalServerError, NotFoundError, PermissionDeniedError, RateLimitError } from '@anthropic-ai/sdk';
import { all, answer, gateway, refused, token } from './check.mjs';

const client = caller => new Anthropic({ baseURL: `${gateway}/ai-gateway/anthropic`, apiKey: token(caller), maxRetries: 0 });
const alice = client('alice');
const model = 'main.default.claude';
const say = content => ({ model, max_tokens: 50, system: 'Be brief.', messages: [{ role: 'user', content }] });
const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

const message = await answer('messages.create', () => alice.messages.create(say('Hello?')), m => m.content[0].text);
assert.deepEqual([message.content[0].text, message.stop_reason, message.usage.output_tokens], ['Hello from sonnet', 'end_turn', 6]);
assert.match(message._request_id, /^[0-9a-f-]{36}$/, 'the id of the request');
const bearer = new Anthropic({ baseURL: `${gateway}/ai-gateway/anthropic`, authToken: token('alice'), apiKey: null, maxRetries: 0 });
await answer('messages.create, with a bearer token', () => bearer.messages.create(say('Hello?')), m => m.content[0].text);

const final = await answer('messages.stream', () => alice.messages.stream(say('Hello?')).finalMessage(), m => m.content[0].text);
assert.deepEqual([final.content[0].text, final.stop_reason, final.usage.input_tokens], ['Hello from sonnet', 'end_turn', 10]);

const weather = await answer('messages.stream, with a tool', () => alice.messages.stream({ ...say('What is the weather?'), tools }).finalMessage(), m => m.content);
assert.equal(weather.stop_reason, 'tool_use');
assert.deepEqual(weather.content.map(c => [c.type, c.name, c.input]), [['tool_use', 'get_weather', { city: 'Zürich' }]]);
const told = await answer('messages.create, with the result of a tool', () => alice.messages.create({
  ...say('What is the weather?'), tools,
  messages: [...say('What is the weather?').messages, { role: 'assistant', content: weather.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: weather.content[0].id, content: '18 °C' }] }],
}), m => m.content[0].text);
assert.equal(told.content[0].text, 'Hello from sonnet');

const models = await answer('models.list', () => all(alice.models.list()), l => l.map(m => m.id));
assert.ok(models.some(m => m.id === model && m.type === 'model'), 'the service is a model');

const create = (who, more) => () => who.messages.create({ ...say('Hello?'), ...more });
const refusal = (status, type) => ({ status, type, requestID: /^[0-9a-f-]{36}$/ });
await refused('messages.create, by nobody', create(client('nobody')), AuthenticationError, refusal(401, 'authentication_error'));
await refused('messages.create, by bob', create(client('bob')), NotFoundError, refusal(404, 'not_found_error'));
await refused('messages.create, a limit of 0', create(alice, { model: 'main.default.closed_claude' }), PermissionDeniedError, refusal(403, 'permission_error'));
await answer('messages.create, within the limit', create(alice, { model: 'main.default.small_claude' }), m => m.content[0].text);
const over = await refused('messages.create, over the limit', create(alice, { model: 'main.default.small_claude' }), RateLimitError, refusal(429, 'rate_limit_error'));
assert.ok(Number(over.headers.get('retry-after')) >= 1, 'Retry-After');
await refused('messages.create, the provider is down', create(alice, { messages: say('Be busy.').messages }), InternalServerError, refusal(529, 'overloaded_error'));

const story = alice.messages.stream(say('Tell a long story.'));
await answer('messages.stream, aborted', async () => {
  for await (const event of story) if (event.type === 'content_block_delta') break;
}, () => 'gone');
assert.ok(story.controller.signal.aborted, 'leaving the loop aborts the request');
