package query_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// polyglot speaks the other APIs itself, with answersOf and streamsOf.
type polyglot struct{ modelservice.Backend }

func (p polyglot) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	if r.API == modelservice.ChatCompletions {
		return p.Backend.Send(ctx, to, r)
	}
	kind, body := "application/json", answersOf[r.API]
	if r.Stream {
		kind, body = "text/event-stream", streamsOf[r.API]
	}
	return &modelservice.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// answersOf are whole answers in each form.
var answersOf = map[modelservice.API]string{
	modelservice.ChatCompletions: answerOf("primary"),
	modelservice.Embeddings:      `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.25]}],"model":"m","usage":{"prompt_tokens":3,"total_tokens":3}}`,
	modelservice.Responses:       `{"id":"resp_1","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]}],"usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}`,
	modelservice.Messages:        `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2}}`,
}

// streamsOf are streams in each form that has them.
var streamsOf = map[modelservice.API]string{
	modelservice.Responses: `event: response.created
data: {"type":"response.created","response":{"id":"resp_1"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","delta":"hi"}

event: response.completed
data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}}

`,
	modelservice.Messages: `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":5,"output_tokens":1}}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}

event: message_stop
data: {"type":"message_stop"}

`,
}

// bodyOf is a request in each form.
func bodyOf(api modelservice.API, service string, stream bool) string {
	said := map[modelservice.API]string{
		modelservice.ChatCompletions: `"messages":[{"role":"user","content":"hello"}]`,
		modelservice.Embeddings:      `"input":"hello"`,
		modelservice.Responses:       `"input":"hello"`,
		modelservice.Messages:        `"max_tokens":100,"messages":[{"role":"user","content":"hello"}]`,
	}[api]
	return fmt.Sprintf(`{"model":%q,"stream":%t,%s}`, "main.default."+service, stream, said)
}

// callPaths are the paths of calls, and what each of them is called with.
var callPaths = map[string]modelservice.API{
	"/ai-gateway/mlflow/v1/chat/completions": modelservice.ChatCompletions,
	"/ai-gateway/mlflow/v1/embeddings":       modelservice.Embeddings,
	"/ai-gateway/mlflow/v1/responses":        modelservice.Responses,
	"/ai-gateway/openai/v1/chat/completions": modelservice.ChatCompletions,
	"/ai-gateway/openai/v1/embeddings":       modelservice.Embeddings,
	"/ai-gateway/openai/v1/responses":        modelservice.Responses,
	"/ai-gateway/anthropic/v1/messages":      modelservice.Messages,
}

// listPaths are the paths of lists.
var listPaths = []string{"/ai-gateway/mlflow/v1/models", "/ai-gateway/openai/v1/models", "/ai-gateway/anthropic/v1/models"}
