package main

import (
	"fmt"
	"net/http"
	"strings"
)

// The scripted models in the other forms that the gateway passes on: OpenAI's
// responses and embeddings, Anthropic's messages.

// events writes server-sent events, each named for the type of its data.
type events struct{ w http.ResponseWriter }

func newEvents(w http.ResponseWriter) events {
	w.Header().Set("Content-Type", "text/event-stream")
	return events{w}
}

func (e events) send(name string, data any) {
	fmt.Fprintf(e.w, "event: %s\ndata: ", name)
	writeJSON(e.w, data)
	fmt.Fprint(e.w, "\n")
	http.NewResponseController(e.w).Flush()
}

type fields = map[string]any

// respond answers a request of the Responses API.
func (p *provider) respond(w http.ResponseWriter, r *http.Request) {
	request, words, ok := p.read(w, r)
	if !ok {
		return
	}
	text := fields{"type": "output_text", "text": strings.Join(words, ""), "annotations": []any{}}
	response := func(status string, output ...any) fields {
		return fields{
			"id": "resp_demo", "object": "response", "status": status, "model": request.Model, "error": nil,
			"output": append([]any{}, output...),
			"usage":  fields{"input_tokens": 4, "output_tokens": len(words), "total_tokens": 4 + len(words)},
		}
	}
	whole := response("completed", fields{"type": "message", "id": "msg_demo", "role": "assistant", "status": "completed", "content": []any{text}})
	if !request.Stream {
		writeJSON(w, whole)
		return
	}
	e, number := newEvents(w), 0
	send := func(name string, more fields) {
		more["type"], more["sequence_number"] = name, number
		number++
		e.send(name, more)
	}
	send("response.created", fields{"response": response("in_progress")})
	for _, word := range words {
		send("response.output_text.delta", fields{"item_id": "msg_demo", "output_index": 0, "content_index": 0, "delta": word})
	}
	send("response.completed", fields{"response": whole})
}

// embed answers with a short vector.
func (p *provider) embed(w http.ResponseWriter, r *http.Request) {
	request, _, ok := p.read(w, r)
	if !ok {
		return
	}
	writeJSON(w, fields{
		"object": "list", "model": request.Model,
		"data":  []any{fields{"object": "embedding", "index": 0, "embedding": []float64{0.25, -0.5, 0.125}}},
		"usage": fields{"prompt_tokens": 4, "total_tokens": 4},
	})
}

// message answers a request of Anthropic's Messages API.
func (p *provider) message(w http.ResponseWriter, r *http.Request) {
	request, words, ok := p.read(w, r)
	if !ok {
		return
	}
	message := func(content []any, reason any, output int) fields {
		return fields{
			"id": "msg_demo", "type": "message", "role": "assistant", "model": request.Model,
			"content": content, "stop_reason": reason, "stop_sequence": nil,
			"usage": fields{"input_tokens": 4, "output_tokens": output},
		}
	}
	if !request.Stream {
		writeJSON(w, message([]any{fields{"type": "text", "text": strings.Join(words, "")}}, "end_turn", len(words)))
		return
	}
	e := newEvents(w)
	e.send("message_start", fields{"type": "message_start", "message": message([]any{}, nil, 1)})
	e.send("content_block_start", fields{"type": "content_block_start", "index": 0, "content_block": fields{"type": "text", "text": ""}})
	e.send("ping", fields{"type": "ping"})
	for _, word := range words {
		e.send("content_block_delta", fields{"type": "content_block_delta", "index": 0, "delta": fields{"type": "text_delta", "text": word}})
	}
	e.send("content_block_stop", fields{"type": "content_block_stop", "index": 0})
	e.send("message_delta", fields{"type": "message_delta", "delta": fields{"stop_reason": "end_turn", "stop_sequence": nil}, "usage": fields{"output_tokens": len(words)}})
	e.send("message_stop", fields{"type": "message_stop"})
}
