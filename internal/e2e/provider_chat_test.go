package e2e

import (
	"fmt"
	"net/http"
)

const chunk = `data: {"id":"chatcmpl-BQ5x","object":"chat.completion.chunk","created":1800000000,"model":"gpt-5.2-2026-01-09",` +
	`"service_tier":"default","system_fingerprint":"fp_50cad350e4","choices":[%s],"usage":%s,"obfuscation":"k3Jd"}`

// whole answers with one chat completion, which has used 12 and 3 tokens.
func whole(content string) http.HandlerFunc { return completions(content) }

// completions answers with a chat completion of several choices.
func completions(contents ...string) http.HandlerFunc {
	choices := ""
	for i, content := range contents {
		if i > 0 {
			choices += ","
		}
		choices += fmt.Sprintf(`{"index":%d,"message":{"role":"assistant","content":%s,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}`,
			i, quote(content))
	}
	return object(`{"id":"chatcmpl-BQ5x","object":"chat.completion","created":1800000000,"model":"gpt-5.2-2026-01-09",`+
		`"choices":[%s],"usage":%s,"service_tier":"default","system_fingerprint":"fp_50cad350e4"}`, choices, chatUsage)
}

const chatUsage = `{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},` +
	`"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`

// choice is one choice of a chunk: its delta, and why it finished, or "".
func choice(index int, delta, finish string) string {
	reason := "null"
	if finish != "" {
		reason = quote(finish)
	}
	return fmt.Sprintf(`{"index":%d,"delta":%s,"logprobs":null,"finish_reason":%s}`, index, delta, reason)
}

// chatEvent is an event with one choice.
func chatEvent(index int, delta, finish string) string {
	return fmt.Sprintf(chunk, choice(index, delta, finish), "null")
}

func say(content string) string { return `{"content":` + quote(content) + `}` }

// chatEvents is a whole stream of these pieces.
func chatEvents(usage bool, pieces ...string) []string {
	return append(chatBegin(pieces...), chatEnd(usage)...)
}

func chatBegin(pieces ...string) []string {
	events := []string{chatEvent(0, `{"role":"assistant","content":"","refusal":null}`, "")}
	for _, piece := range pieces {
		events = append(events, chatEvent(0, say(piece), ""))
	}
	return events
}

func chatEnd(usage bool) []string {
	events := []string{chatEvent(0, `{}`, "stop")}
	if usage {
		events = append(events, fmt.Sprintf(chunk, "", chatUsage))
	}
	return append(events, "data: [DONE]")
}

// cut answers with the beginning of a stream, and drops the connection.
func cut(pieces ...string) http.HandlerFunc { return breakOff(chatBegin(pieces...)...) }
