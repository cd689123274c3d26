package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// cues answer as a sentence in the conversation asks, and as usual when there
// is none.
type cues struct {
	held sync.WaitGroup // streams that go on until nobody listens
}

func (c *cues) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the gateway has gone
	}
	var a struct {
		Model  string
		Stream bool
	}
	if err := json.Unmarshal(body, &a); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	asked := received{path: r.URL.Path, model: a.Model, stream: a.Stream, body: body}
	asked.usage = bytes.Contains(body, []byte(`"include_usage":true`))
	result := bytes.Contains(body, []byte("18 °C"))
	switch says := func(cue string) bool { return bytes.Contains(body, []byte(cue)) }; {
	case says("Be busy.") && asked.path == "/anthropic/v1/messages":
		overloaded()(w, r)
	case says("Be busy."):
		down()(w, r)
	case says("What is the weather?") && !result:
		weather(asked)(w, r)
	case says("Answer as JSON."):
		asked.whole(`{"city":"Zürich","degrees":18}`)(w, r)
	case says("Tell a long story."):
		c.held.Add(1)
		defer c.held.Done()
		hold(make(chan struct{}), asked.begun("Once upon", " a time")...)(w, r)
	case says(`"encoding_format":"base64"`):
		object(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":"AAAAPwAAgL4="},{"object":"embedding","index":1,"embedding":"AACAPwAAAEA="}],`+
			`"model":%q,"usage":{"prompt_tokens":8,"total_tokens":8}}`, asked.model)(w, r)
	default:
		asked.usual()(w, r)
	}
}

// whole answers with a text in one piece.
func (r *received) whole(text string) http.HandlerFunc {
	switch r.path {
	case "/v1/responses":
		return response(r.model, text)
	case "/anthropic/v1/messages":
		return message(r.model, text)
	}
	return whole(text)
}

// begun is the beginning of a stream with these pieces of content.
func (r *received) begun(pieces ...string) []string {
	switch r.path {
	case "/v1/responses":
		return numbered(responseBegin(r.model, pieces...))
	case "/anthropic/v1/messages":
		events := messageEvents(r.model, pieces...)
		return events[:len(events)-3] // up to the end of the block
	}
	return chatBegin(pieces...)
}

const inZurich = `{"city":"Zürich"}`

// weather asks for the weather in Zürich, in one piece or in several.
func weather(r received) http.HandlerFunc {
	cut := strings.Index(inZurich, "Z")
	switch {
	case r.path == "/v1/responses" && r.stream:
		return play(callEvents(r.model, inZurich[:cut], inZurich[cut:])...)
	case r.path == "/v1/responses":
		return object("%s", responseObject(r.model, "completed", functionCall("completed", inZurich), responseUsage))
	case r.path == "/anthropic/v1/messages":
		delta := func(piece string) string { return `{"type":"input_json_delta","partial_json":` + quote(piece) + `}` }
		return play(append(append(messageBegin(r.model),
			block(0, `{"type":"tool_use","id":"toolu_01T1","name":"get_weather","input":{}}`, delta(inZurich[:cut]), delta(inZurich[cut:]))...),
			messageEnd("tool_use")...)...)
	case r.stream:
		call := func(rest string) string { return chatEvent(0, `{"tool_calls":[{"index":0,`+rest+`}]}`, "") }
		return play(append([]string{
			chatEvent(0, `{"role":"assistant","content":null,"refusal":null}`, ""),
			call(`"id":"call_7","type":"function","function":{"name":"get_weather","arguments":""}`),
			call(`"function":{"arguments":` + quote(inZurich[:cut]) + `}`),
			call(`"function":{"arguments":` + quote(inZurich[cut:]) + `}`),
			chatEvent(0, `{}`, "tool_calls"),
		}, chatEnd(r.usage)[1:]...)...)
	}
	return object(`{"id":"chatcmpl-BQ5x","object":"chat.completion","created":1800000000,"model":"gpt-5.2-2026-01-09","choices":[{"index":0,"message":`+
		`{"role":"assistant","content":null,"tool_calls":[{"id":"call_7","type":"function","function":{"name":"get_weather","arguments":%s}}]},`+
		`"logprobs":null,"finish_reason":"tool_calls"}],"usage":%s}`, quote(inZurich), chatUsage)
}
