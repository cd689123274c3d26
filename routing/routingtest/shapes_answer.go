package routingtest

import (
	"fmt"
	"net/http"
	"strings"
)

// An API is the form of a request and its answer, named by the end of its path.
type API string

// The APIs that are played.
const (
	ChatCompletions API = "chat/completions" // OpenAI's chat completions
	Embeddings      API = "embeddings"       // OpenAI's embeddings, which are never streamed
	Responses       API = "responses"        // OpenAI's responses
	Messages        API = "messages"         // Anthropic's messages
)

// The usage that every whole answer reports, in tokens. Embeddings report no
// output.
const (
	InputTokens  = 7
	OutputTokens = 5
)

// An Ask is what a request asks for, as far as an upstream looks.
type Ask struct {
	API    API // default "": ChatCompletions
	Model  string
	Stream bool
}

// Answer returns the bytes of a whole answer. They name the model.
func Answer(a Ask) string {
	if a.streams() {
		return strings.Join(Events(a), "")
	}
	return a.plain()
}

// Events returns the events of a whole stream, blank lines included. An API
// that does not stream has none.
func Events(a Ask) []string {
	if a.API == Embeddings {
		return nil
	}
	s := a.stream()
	var all []string
	for _, part := range [][]string{s.opening, s.content, s.finish, s.end} {
		all = append(all, part...)
	}
	return all
}

// Opening returns how many of Events come before the first content (ruling
// R30).
func Opening(a Ask) int { return len(a.stream().opening) }

func (a Ask) streams() bool { return a.Stream && a.API != Embeddings }

// A stream is a whole one in its parts.
type stream struct {
	opening []string // no content in these
	content []string
	finish  []string // why it ended, and the usage where that is not in the end
	end     []string // the last event
	failure string   // an error in the place of an event
}

func (a Ask) stream() stream {
	switch a.API {
	case Responses:
		return a.responsesStream()
	case Messages:
		return a.messagesStream()
	default:
		return a.chatStream()
	}
}

func (a Ask) chatStream() stream {
	chunk := func(choices, rest string) string {
		return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":%q,\"choices\":[%s]%s}\n\n", a.Model, choices, rest)
	}
	delta := func(d string) string { return chunk(`{"index":0,"delta":`+d+`,"finish_reason":null}`, "") }
	return stream{
		opening: []string{delta(`{"role":"assistant","content":""}`)},
		content: []string{delta(`{"content":"Hello"}`), delta(`{"content":" from ` + a.Model + `"}`)},
		finish: []string{
			chunk(`{"index":0,"delta":{},"finish_reason":"stop"}`, ""),
			chunk("", fmt.Sprintf(`,"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}`, InputTokens, OutputTokens, InputTokens+OutputTokens)),
		},
		end:     []string{"data: [DONE]\n\n"},
		failure: "data: " + a.refusal(http.StatusServiceUnavailable) + "\n\n",
	}
}

func (a Ask) responsesStream() stream {
	n := -1
	event := func(name, rest string) string {
		n++
		return fmt.Sprintf("event: %s\ndata: {\"type\":%q,\"sequence_number\":%d%s}\n\n", name, name, n, rest)
	}
	begun := fmt.Sprintf(`,"response":{"id":"resp_1","object":"response","status":"in_progress","model":%q,"output":[],"usage":null}`, a.Model)
	place := `,"item_id":"msg_1","output_index":0,"content_index":0`
	text := "Hello from " + a.Model
	return stream{
		opening: []string{
			event("response.created", begun),
			event("response.in_progress", begun),
			event("response.output_item.added", `,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}`),
			event("response.content_part.added", place+`,"part":{"type":"output_text","text":"","annotations":[]}`),
		},
		content: []string{
			event("response.output_text.delta", place+`,"delta":"Hello"`),
			event("response.output_text.delta", place+`,"delta":" from `+a.Model+`"`),
		},
		finish:  []string{event("response.output_text.done", fmt.Sprintf(`%s,"text":%q`, place, text))},
		end:     []string{event("response.completed", `,"response":`+a.plain())},
		failure: event("error", `,"code":"server_error","message":"the upstream is overloaded","param":null`),
	}
}

func (a Ask) messagesStream() stream {
	event := func(name, rest string) string {
		return fmt.Sprintf("event: %s\ndata: {\"type\":%q%s}\n\n", name, name, rest)
	}
	delta := func(text string) string {
		return event("content_block_delta", fmt.Sprintf(`,"index":0,"delta":{"type":"text_delta","text":%q}`, text))
	}
	return stream{
		opening: []string{
			event("message_start", fmt.Sprintf(`,"message":{"id":"msg_1","type":"message","role":"assistant","model":%q,"content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":%d,"output_tokens":1}}`, a.Model, InputTokens)),
			event("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`),
			event("ping", ""),
		},
		content: []string{delta("Hello"), delta(" from " + a.Model)},
		finish: []string{
			event("content_block_stop", `,"index":0`),
			event("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":%d}`, OutputTokens)),
		},
		end:     []string{event("message_stop", "")},
		failure: "event: error\ndata: " + a.refusal(529) + "\n\n",
	}
}

// plain is a whole answer that is not streamed.
func (a Ask) plain() string {
	text := "Hello from " + a.Model
	switch a.API {
	case Embeddings:
		return fmt.Sprintf(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25,-1e-7]}],"model":%q,"usage":{"prompt_tokens":%d,"total_tokens":%d}}`,
			a.Model, InputTokens, InputTokens)
	case Responses:
		return fmt.Sprintf(`{"id":"resp_1","object":"response","status":"completed","error":null,"model":%q,"output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":%q,"annotations":[]}]}],"usage":{"input_tokens":%d,"output_tokens":%d,"total_tokens":%d}}`,
			a.Model, text, InputTokens, OutputTokens, InputTokens+OutputTokens)
	case Messages:
		return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","model":%q,"content":[{"type":"text","text":%q}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":%d,"output_tokens":%d}}`,
			a.Model, text, InputTokens, OutputTokens)
	default:
		return fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":%q,"choices":[{"index":0,"message":{"role":"assistant","content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`,
			a.Model, text, InputTokens, OutputTokens, InputTokens+OutputTokens)
	}
}

// refusal is the body of an error.
func (a Ask) refusal(status int) string {
	text := fmt.Sprintf("the upstream says %d", status)
	if a.API == Messages {
		kind := map[int]string{400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error"}[status]
		if kind == "" {
			kind = "api_error"
		}
		return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, text)
	}
	kind := "invalid_request_error"
	switch {
	case status == 429:
		kind = "rate_limit_exceeded"
	case status >= 500:
		kind = "server_error"
	}
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":null}}`, text, kind)
}
