package e2e

import (
	"context"
	"errors"
	"net/http"
	"testing"
)

// What breaks after content is the SDK's error, and not an end: a dropped
// connection, an end without a mark, and the provider's own error event.
func TestSDKStreamBreaks(t *testing.T) {
	s, p := opened(t)
	everyStream(t, s, func(t *testing.T, c *program, call call) {
		begun := call.begin("Hel", "lo")
		own := map[string]string{
			"openai/v1/chat/completions": `data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`,
			"openai/v1/responses":        named(`{"type":"error","code":"server_error","message":"The server had an error","param":null,"sequence_number":9}`),
			"anthropic/v1/messages":      named(`{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`),
		}[call.api]
		for name, failure := range map[string]http.HandlerFunc{
			"dropped": breakOff(begun...), "ended": play(begun...), "error event": play(append(begun[:len(begun):len(begun)], own)...),
		} {
			before := len(p.requests())
			p.script(call.first(), failure)
			text, err := call.do(t.Context(), c, call.service())
			if text != "Hello" {
				t.Errorf("%s: received %q", name, text)
			}
			want := map[bool]string{false: "server_error", true: "api_error"}[call.claude]
			if e := call.brokenBy(t, err); e.kind != want || e.message == "" {
				t.Errorf("%s: told %+v", name, e)
			}
			if n := len(p.requests()) - before; n != 1 {
				t.Errorf("%s: %d attempts after content had been sent", name, n)
			}
			if row := s.latest(t, call.family(), "outcome"); row["outcome"] != "truncated" {
				t.Errorf("%s: row %v", name, row)
			}
			p.script(call.first(), nil)
			if _, err := call.do(t.Context(), c, call.service()); err != nil {
				t.Errorf("%s, and back: %v", name, err) // and no destination cools
			}
		}
	})
}

// Who goes away in the middle of a stream is told so by the SDK; the provider
// is left alone at once.
func TestSDKCancel(t *testing.T) {
	s, p := opened(t)
	everyCall(t, s, func(t *testing.T, c *program, call call) {
		gone := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if call.stream {
			p.script(call.first(), hold(gone, call.begin("Hel", "lo")...))
		} else {
			p.script(call.first(), func(w http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
				close(gone)
			})
		}
		var err error
		text := "Hello"
		switch call.name {
		case "chat stream":
			stream := c.openai.Chat.Completions.NewStreaming(ctx, ask(call.service()))
			text = until(stream, cancel, func() string { return stream.Current().Choices[0].Delta.Content })
			err = stream.Err()
		case "responses stream":
			stream := c.openai.Responses.NewStreaming(ctx, question(call.service()))
			text = until(stream, cancel, func() string { return stream.Current().Delta })
			err = stream.Err()
		case "messages stream":
			stream := c.anthropic.Messages.NewStreaming(ctx, prompt(call.service()))
			text = until(stream, cancel, func() string { return stream.Current().Delta.Text })
			err = stream.Err()
		default:
			_, err = call.do(ctx, c, call.service())
		}
		if text != "Hello" || !errors.Is(err, context.Canceled) {
			t.Fatalf("received %q, then %v", text, err)
		}
		<-gone
		p.script(call.first(), nil)
	})
	s.settled()
	for family, want := range map[string]int{"gpt": 10, "claude": 4} {
		rows := s.sql(t, alice, "SELECT outcome FROM main.logging."+family)
		if len(rows) != want {
			t.Errorf("%d rows of %s, want %d", len(rows), family, want)
		}
		for _, row := range rows {
			if row["outcome"] != "cancelled" {
				t.Errorf("row %v", row)
			}
		}
	}
}

// Who closes a stream before its end has gone away.
func TestSDKClose(t *testing.T) {
	s, p := opened(t)
	everyStream(t, s, func(t *testing.T, c *program, call call) {
		gone := make(chan struct{})
		p.script(call.first(), hold(gone, call.begin("Hel", "lo")...))
		text := ""
		switch call.name {
		case "chat stream":
			stream := c.openai.Chat.Completions.NewStreaming(t.Context(), ask(call.service()))
			text = until(stream, func() { stream.Close() }, func() string { return stream.Current().Choices[0].Delta.Content })
		case "responses stream":
			stream := c.openai.Responses.NewStreaming(t.Context(), question(call.service()))
			text = until(stream, func() { stream.Close() }, func() string { return stream.Current().Delta })
		case "messages stream":
			stream := c.anthropic.Messages.NewStreaming(t.Context(), prompt(call.service()))
			text = until(stream, func() { stream.Close() }, func() string { return stream.Current().Delta.Text })
		}
		if text != "Hello" {
			t.Fatalf("received %q", text)
		}
		<-gone
		if row := s.latest(t, call.family(), "outcome"); row["outcome"] != "cancelled" {
			t.Errorf("row %v", row)
		}
		p.script(call.first(), nil)
	})
}

// until reads a stream, goes away when "Hello" has come, and reads on.
func until(stream interface {
	Next() bool
	Close() error
}, leave func(), piece func() string) (text string) {
	defer stream.Close()
	for stream.Next() {
		if text += piece(); text == "Hello" {
			leave()
		}
	}
	return text
}
