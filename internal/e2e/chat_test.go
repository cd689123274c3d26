package e2e

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sashabaranov/go-openai"
)

// A chat completion comes back whole on both paths that speak OpenAI's API,
// with its usage; its row has the id that the caller saw; and of the caller
// nothing but the body has reached the provider.
func TestChat(t *testing.T) {
	s, p := seeded(t)
	for i, api := range []string{"openai", "mlflow"} {
		c := s.clientOf(token(alice), api)
		answer, err := c.CreateChatCompletion(t.Context(), hello(service))
		must(t, err)
		if got := answer.Choices[0].Message.Content; got != "Hello from opus" || answer.Usage.TotalTokens != 15 {
			t.Errorf("%s: answered %q, used %d tokens", api, got, answer.Usage.TotalTokens)
		}
		row := s.rows(t, "request_id, requester, status_code, total_tokens, outcome, api_type", i+1)[0]
		want := map[string]string{
			"request_id": c.header("X-Databricks-Request-Id"), "requester": alice, "status_code": "200",
			"total_tokens": "15", "outcome": "ok", "api_type": api + "/v1/chat/completions",
		}
		for column, value := range want {
			if row[column] != value {
				t.Errorf("%s: column %s is %q, want %q", api, column, row[column], value)
			}
		}
	}
	for _, r := range p.requests() {
		if r.path != "/v1/chat/completions" || r.model != primaryUpstream || r.header.Get("Authorization") != "Bearer "+providerKey {
			t.Errorf("the provider received %+v", r)
		}
		for name, values := range r.header {
			if strings.Contains(strings.Join(values, " "), token(alice)) {
				t.Errorf("the caller's token reached the provider in %s", name)
			}
		}
	}
}

// A stream arrives piece by piece and ends as the client expects; the usage
// chunk comes to those who asked for it.
func TestStream(t *testing.T) {
	s, _ := seeded(t)
	for i, usage := range []bool{false, true} {
		request := hello(service)
		if usage {
			request.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
		}
		pieces, tokens, err := s.client(alice).listen(t, request)
		if err != io.EOF {
			t.Errorf("the stream ended with %v", err)
		}
		if got := strings.Join(pieces, "|"); got != "Hello| from| opus" {
			t.Errorf("received %q", got)
		}
		if want := map[bool]int{true: 15}[usage]; tokens != want {
			t.Errorf("usage asked for: %v, %d tokens reported", usage, tokens)
		}
		row := s.rows(t, "outcome, total_tokens", i+1)[0]
		if row["outcome"] != "ok" || row["total_tokens"] != "15" {
			t.Errorf("row %v", row)
		}
	}
}

// What breaks off after content is an error to the client, not an end.
func TestStreamCut(t *testing.T) {
	s, p := seeded(t)
	p.script(primaryUpstream, cut("Hel", "lo"))
	pieces, _, err := s.client(alice).listen(t, hello(service))
	if got := strings.Join(pieces, ""); got != "Hello" {
		t.Errorf("received %q", got)
	}
	if e := refused(t, err); e.Message == "" || e.Type != "server_error" {
		t.Errorf("told %+v", e)
	}
	if n := len(p.requests()); n != 1 {
		t.Errorf("%d attempts after content had been sent", n)
	}
	if row := s.rows(t, "outcome", 1)[0]; row["outcome"] != "truncated" {
		t.Errorf("row %v", row)
	}
}

// listen receives a stream to its end: its pieces of content, the tokens it
// reported, and the error that ended it, after which nothing comes any more.
func (c client) listen(t *testing.T, request openai.ChatCompletionRequest) (pieces []string, tokens int, end error) {
	t.Helper()
	stream, err := c.CreateChatCompletionStream(t.Context(), request)
	must(t, err)
	defer stream.Close()
	for {
		chunk, err := stream.Recv()
		if err != nil {
			// Who leaves before the body has ended counts as gone.
			if _, after := stream.Recv(); after == nil {
				t.Errorf("after %v the stream went on", err)
			}
			return pieces, tokens, err
		}
		if chunk.Usage != nil {
			tokens = chunk.Usage.TotalTokens
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Content != "" {
				pieces = append(pieces, choice.Delta.Content)
			}
		}
	}
}

// While the primary is down the fallback answers, streamed or not, and the row
// names both attempts. A stream that breaks before content is such a failure
// too.
func TestFallback(t *testing.T) {
	for _, failure := range []struct {
		name   string
		answer http.HandlerFunc
	}{{"503", down()}, {"cut before content", cut()}} {
		t.Run(failure.name, func(t *testing.T) {
			s, p := seeded(t)
			p.script(primaryUpstream, failure.answer)
			c := s.client(alice)
			if got := c.say(t, hello(service)); got != "Hello from gpt" {
				t.Errorf("answered %q", got)
			}
			pieces, _, err := c.listen(t, hello(service))
			if got := strings.Join(pieces, ""); got != "Hello from gpt" || !errors.Is(err, io.EOF) {
				t.Errorf("received %q, then %v", got, err)
			}
			for _, row := range s.rows(t, "destination_name, attempts", 2) {
				attempts := row["attempts"]
				if row["destination_name"] != "fallback" || !strings.Contains(attempts, `"primary"`) || !strings.Contains(attempts, `"fallback"`) {
					t.Errorf("row %v", row)
				}
			}
			if n := len(p.requests()); n != 4 {
				t.Errorf("%d attempts for two calls", n)
			}
		})
	}
}
