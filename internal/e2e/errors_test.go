package e2e

import (
	"cmp"
	"net/http"
	"testing"

	"github.com/sashabaranov/go-openai"
)

// Every refusal reaches the program as the client's own error type, with
// status, type, code and a message, and with the id of its request.
func TestErrors(t *testing.T) {
	chat := func(t *testing.T, c client) error {
		_, err := c.CreateChatCompletion(t.Context(), hello(service))
		return err
	}
	stream := func(t *testing.T, c client) error {
		_, err := c.CreateChatCompletionStream(t.Context(), hello(service))
		return err
	}
	for _, test := range []struct {
		name    string
		token   string
		api     string // default: openai
		prepare func(*testing.T, *server, *provider)
		ask     func(*testing.T, client) error
		status  int
		kind    string
		code    string
	}{
		{
			name: "unknown token", token: "nobody", ask: chat,
			status: http.StatusUnauthorized, kind: "authentication_error", code: "unauthenticated",
		}, {
			name: "no rights", token: token(bob), ask: chat,
			status: http.StatusNotFound, kind: "invalid_request_error", code: "not_found",
		}, {
			name: "no such service", token: token(alice), ask: func(t *testing.T, c client) error {
				_, err := c.CreateChatCompletion(t.Context(), hello("main.default.nothing"))
				return err
			},
			status: http.StatusNotFound, kind: "invalid_request_error", code: "not_found",
		}, {
			name: "an API that the model does not speak", token: token(alice), prepare: func(t *testing.T, s *server, _ *provider) {
				s.open(t, "claude", "", sonnetModel, "")
			}, api: "mlflow", ask: func(t *testing.T, c client) error {
				_, err := c.CreateEmbeddings(t.Context(), openai.EmbeddingRequest{Model: claudeService, Input: "x"})
				return err
			},
			status: http.StatusBadRequest, kind: "invalid_request_error", code: "bad_request",
		}, {
			name: "limit of zero", token: token(alice), prepare: func(t *testing.T, s *server, _ *provider) {
				s.create(t, `{"catalog_name":"main","schema_name":"default","name":"closed",
					"destinations":[{"name":"only","model":"system.ai.databricks-gpt-5-2"}],"rate_limits":{"qpm":0}}`)
				s.sql(t, admin, "GRANT EXECUTE ON MODEL SERVICE main.default.closed TO ai_team")
			}, ask: func(t *testing.T, c client) error {
				_, err := c.CreateChatCompletion(t.Context(), hello("main.default.closed"))
				return err
			},
			status: http.StatusForbidden, kind: "permission_error", code: "permission_denied",
		}, {
			name: "the owner lost a destination", token: token(alice), prepare: func(t *testing.T, s *server, _ *provider) {
				s.sql(t, admin, "REVOKE EXECUTE ON SCHEMA system.ai FROM `account users`")
			}, ask: chat,
			status: http.StatusForbidden, kind: "permission_error", code: "permission_denied",
		}, {
			name: "the provider's objection to the request", token: token(alice), prepare: func(_ *testing.T, _ *server, p *provider) {
				p.script(primaryUpstream, refusal(http.StatusBadRequest, "invalid_request_error", "context_length_exceeded", "Too long."))
			}, ask: chat,
			status: http.StatusBadRequest, kind: "invalid_request_error", code: "context_length_exceeded",
		}, {
			name: "every destination out of order", token: token(alice), prepare: func(_ *testing.T, _ *server, p *provider) {
				p.script(primaryUpstream, down())
				p.script(fallbackUpstream, refusal(http.StatusUnauthorized, "authentication_error", "invalid_api_key", "Bad key "+providerKey))
			}, ask: chat,
			status: http.StatusBadGateway, kind: "server_error", code: "bad_gateway",
		}, {
			name: "streams that break before content", token: token(alice), prepare: func(_ *testing.T, _ *server, p *provider) {
				p.script(primaryUpstream, cut())
				p.script(fallbackUpstream, cut())
			}, ask: stream,
			status: http.StatusBadGateway, kind: "server_error", code: "bad_gateway",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, p := seeded(t)
			if test.prepare != nil {
				test.prepare(t, s, p)
			}
			c := s.clientOf(test.token, cmp.Or(test.api, "openai"))
			e := refused(t, test.ask(t, c))
			if e.HTTPStatusCode != test.status || e.Type != test.kind || e.Code != test.code || e.Message == "" {
				t.Errorf("refused with %d, type %q, code %q, message %q; want %d, %q, %q",
					e.HTTPStatusCode, e.Type, e.Code, e.Message, test.status, test.kind, test.code)
			}
			if c.header("X-Databricks-Request-Id") == "" {
				t.Error("no request id")
			}
		})
	}
}
