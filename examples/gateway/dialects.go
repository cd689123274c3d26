package main

import (
	"fmt"
	"net/http"
	"strings"
)

const multi = `{"catalog_name": "main", "schema_name": "default", "name": "multi",
  "destinations": [{ "name": "only", "model": "system.ai.databricks-gpt-5-2" }],
  "inference_table": "main.logging.multi_payload"}`

const claude = `{"catalog_name": "main", "schema_name": "default", "name": "claude",
  "destinations": [{ "name": "only", "model": "system.ai.databricks-claude-haiku-4-5" }]}`

const readMulti = "SELECT api_type, outcome, total_tokens FROM main.logging.multi_payload"

// dialects is the chapter of the tour in which services are called in the other
// APIs, and a stream breaks off.
func dialects() []exchange {
	ask := func(says, path, body string) exchange {
		return post(says, "$ALICE", "/ai-gateway/"+path, body)
	}
	return []exchange{
		post("A service for other APIs too", "$ALICE", modelServices, multi).
			shown().expect(status(200), is("full_name", "main.default.multi")),
		ask("An embedding", "mlflow/v1/embeddings", `{"model": "main.default.multi", "input": "a house"}`).
			shown().expect(status(200), is("data.0.embedding", "[0.25,-0.5,0.125]")),
		ask("A response, streamed", "openai/v1/responses", `{"model": "main.default.multi", "input": "Who are you?", "stream": true}`).
			shown().expect(status(200), streams("response.created", "response.output_text.delta", "response.completed")),
		ask("Messages of Anthropic's are not what this model speaks", "anthropic/v1/messages",
			`{"model": "main.default.multi", "max_tokens": 100, "messages": [{"role": "user", "content": "Who are you?"}]}`).
			expect(status(400), is("type", "error"), is("error.type", "invalid_request_error"),
				mentions("error.message", "Messages API passthrough is not supported")),
		post("Another model does", "$ALICE", modelServices, claude).
			shown().expect(status(200), is("full_name", "main.default.claude")),
		ask("Now they are answered", "anthropic/v1/messages",
			`{"model": "main.default.claude", "max_tokens": 100, "messages": [{"role": "user", "content": "Who are you?"}]}`).
			shown().expect(status(200), is("content.0.text", "Hello from "+claudeModel+".")),
		ask("… as a stream too", "anthropic/v1/messages",
			`{"model": "main.default.claude", "max_tokens": 100, "stream": true, "messages": [{"role": "user", "content": "Who are you?"}]}`).
			shown().expect(status(200), streams("message_start", "ping", "content_block_delta", "message_stop")),

		tell("A model's streams are told to break off", "fallback", "cut").shown(),
		chat("The caller is told, after what came: an error and no [DONE]", "$ALICE", "main.default.multi", true).
			shown().expect(status(200), breaksOff()),
		tell("It is well again", "fallback", "200").shown(),
		sql("The log does not call that a success", "$ALICE", readMulti).
			shown().eventually(says("api_type, outcome, total_tokens",
			"mlflow/v1/chat/completions, truncated, 6",
			"anthropic/v1/messages, failed, NULL",
			"openai/v1/responses, ok, 7",
			"mlflow/v1/embeddings, ok, 4")),
		request("How the destinations fare, for metastore admins", "$ALICE", http.MethodGet, unityCatalog+"/destination-health", "").
			shown().expect(status(200), is("destinations.0.model", "system.ai."+claudeModel), is("destinations.0.state", "CLOSED")),
	}
}

// streams is a stream in which events of these types come, in this order.
func streams(types ...string) check {
	return func(a *answer) error {
		rest := string(a.body)
		for _, t := range types {
			_, after, found := strings.Cut(rest, "event: "+t+"\n")
			if !found {
				return fmt.Errorf("no event %s where it should come", t)
			}
			rest = after
		}
		return nil
	}
}

// breaksOff is a stream that has content, then one error, then nothing.
func breaksOff() check {
	return func(a *answer) error {
		text := string(a.body)
		content, failure := strings.Index(text, `"content":"Hello "`), strings.Index(text, `data: {"error":{`)
		if content < 0 || failure < content || strings.Contains(text, "[DONE]") || strings.Count(text, `"error":{`) != 1 {
			return fmt.Errorf("the stream is %q", text)
		}
		return nil
	}
}
