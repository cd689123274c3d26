// The inference surface, driven by the AI SDK.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { all, answer, gateway, refused, token } from './check.mjs';

const name = 'main.default.gpt';
const compatible = caller => createOpenAICompatible({ name: 'modelward', baseURL: `${gateway}/ai-gateway/mlflow/v1`, apiKey: token(caller), supportsStructuredOutputs: true, includeUsage: true });
const openai = createOpenAI({ baseURL: `${gateway}/ai-gateway/openai/v1`, apiKey: token('alice') });
const get_weather = tool({ description: 'The weather of a city.', inputSchema: z.object({ city: z.string() }), execute: async ({ city }) => `18 °C in ${city}` });

for (const [way, model] of [
  ['compatible', compatible('alice')(name)],
  ['chat', openai.chat(name)],
  ['responses', openai.responses(name)],
]) {
  const used = way === 'responses' ? 46 : 15;
  const once = { model, maxRetries: 0, maxOutputTokens: 50 };
  const text = await answer(`generateText, ${way}`, () => generateText({ ...once, prompt: 'Hello?' }), r => r.text);
  assert.deepEqual([text.text, text.finishReason, text.usage.totalTokens], ['Hello from opus', 'stop', used]);

  const stream = streamText({ ...once, prompt: 'Hello?', onError: () => {} });
  const pieces = await answer(`streamText, ${way}`, () => all(stream.textStream));
  assert.equal(pieces.join(''), 'Hello from opus');
  assert.ok(pieces.length > 1, 'the pieces come one by one');
  assert.equal((await stream.usage).totalTokens, used);

  const weather = { ...once, prompt: 'What is the weather?', tools: { get_weather }, stopWhen: isStepCount(2) };
  const steps = await answer(`generateText with a tool, ${way}`, () => generateText(weather), r => r.steps.map(s => s.toolCalls[0]?.input ?? s.text));
  assert.deepEqual(steps.steps.map(s => s.finishReason), ['tool-calls', 'stop']);
  assert.equal(steps.steps[0].toolResults[0].output, '18 °C in Zürich');
  assert.equal(steps.text, 'Hello from opus');
  const streamed = streamText({ ...weather, onError: () => {} });
  assert.equal(await answer(`streamText with a tool, ${way}`, () => streamed.text), 'Hello from opus');
  assert.deepEqual((await streamed.steps)[0].toolCalls[0].input, { city: 'Zürich' });

  const schema = z.object({ city: z.string(), degrees: z.number() });
  const object = await answer(`generateText with a schema, ${way}`, () => generateText({ ...once, prompt: 'Answer as JSON.', output: Output.object({ schema }) }), r => r.output);
  assert.deepEqual(object.output, { city: 'Zürich', degrees: 18 });

  const busy = await refused(`generateText, the provider is down, ${way}`, () => generateText({ ...once, prompt: 'Be busy.' }), APICallError, { statusCode: 503, isRetryable: true });
  assert.equal(JSON.parse(busy.responseBody).error.type, 'server_error');
}

for (const [way, model] of [['compatible', compatible('alice').embeddingModel(name)], ['openai', openai.embedding(name)]]) {
  const { embeddings, usage } = await answer(`embedMany, ${way}`, () => embedMany({ model, values: ['one', 'zwölf'], maxRetries: 0 }), r => r.embeddings[0]);
  assert.deepEqual([embeddings.length, embeddings[0], usage.tokens], [2, [0.0023064255, -0.009327292, 1e-7], 8]);
}

const say = (caller, model, more) => () => generateText({ model: compatible(caller)(model), prompt: 'Hello?', maxRetries: 0, ...more });
await refused('generateText, by nobody', say('nobody', name), APICallError, { statusCode: 401, isRetryable: false });
await refused('generateText, by bob', say('bob', name), APICallError, { statusCode: 404, isRetryable: false, message: /gpt/ });
await refused('generateText, a limit of 0', say('alice', 'main.default.closed_gpt'), APICallError, { statusCode: 403, isRetryable: false });
await answer('generateText, within the limit', say('alice', 'main.default.small_ai'), r => r.text);
const over = await refused('generateText, over the limit', say('alice', 'main.default.small_ai'), APICallError, { statusCode: 429, isRetryable: true });
assert.ok(Number(over.responseHeaders['retry-after']) >= 1, 'Retry-After');

const stop = new AbortController();
const story = streamText({ model: compatible('alice')(name), prompt: 'Tell a long story.', abortSignal: stop.signal, maxRetries: 0, onError: () => {} });
const heard = await answer('streamText, aborted', async () => {
  const parts = [];
  for await (const part of story.fullStream) {
    parts.push(part.type);
    if (part.type === 'text-delta') stop.abort();
  }
  return parts;
});
assert.equal(heard.at(-1), 'abort');
