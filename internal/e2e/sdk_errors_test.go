package e2e

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
)

// Every refusal reaches the program as the SDK's own error, with the status and
// the words of its API, and with the id of its request, whatever was asked.
func TestSDKErrors(t *testing.T) {
	s, p := opened(t)
	for family, model := range map[string]string{"gpt": fallbackModel, "claude": sonnetModel} {
		s.open(t, "closed_"+family, `"rate_limits":{"qpm":0}`, model, "")
		s.open(t, "small_"+family, `"rate_limits":{"qpm":1}`, model, "")
	}
	for _, call := range calls()[4:6] { // one of each family
		_, err := call.do(t.Context(), s.overHTTP(alice), "main.default.small_"+call.family())
		must(t, err)
	}
	for _, test := range []struct {
		name    string
		caller  string                      // default: alice
		service string                      // default: the usual one; without its family
		answer  func(call) http.HandlerFunc // of both models; default: as usual
		status  int
		kind    string // in OpenAI's words
		code    string
		claude  string // the kind in Anthropic's words
	}{
		{name: "stranger", caller: "nobody", status: 401, kind: "authentication_error", code: "unauthenticated", claude: "authentication_error"},
		{name: "no rights", caller: bob, status: 404, kind: "invalid_request_error", code: "not_found", claude: "not_found_error"},
		{name: "no such service", service: "nothing_", status: 404, kind: "invalid_request_error", code: "not_found", claude: "not_found_error"},
		{name: "limit of zero", service: "closed_", status: 403, kind: "permission_error", code: "permission_denied", claude: "permission_error"},
		{name: "over the limit", service: "small_", status: 429, kind: "rate_limit_error", code: "request_limit_exceeded", claude: "rate_limit_error"},
		{name: "the provider's objection", answer: func(call call) http.HandlerFunc {
			if call.claude {
				return refuse(400, `{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: too many"},"request_id":"req_1"}`)
			}
			return refusal(400, "invalid_request_error", "context_length_exceeded", "Too long.")
		}, status: 400, kind: "invalid_request_error", code: "context_length_exceeded", claude: "invalid_request_error"},
		{name: "too much to do", answer: func(call call) http.HandlerFunc {
			if call.claude {
				return overloaded()
			}
			return down()
		}, status: 503, kind: "server_error", code: "temporarily_unavailable", claude: "overloaded_error"},
		{name: "our key is refused", answer: func(call) http.HandlerFunc {
			return refuse(401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key `+providerKey+`"}}`)
		}, status: 502, kind: "server_error", code: "bad_gateway", claude: "api_error"},
		{name: "broken before content", answer: func(call call) http.HandlerFunc { return breakOff(call.begin()...) }, status: 502, kind: "server_error", code: "bad_gateway", claude: "api_error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, way := range []func(*server, string) *program{(*server).overHTTP, (*server).inProcess} {
				c := way(s, map[bool]string{true: alice, false: test.caller}[test.caller == ""])
				for _, call := range calls() {
					service := call.service()
					if test.service != "" {
						service = "main.default." + test.service + call.family()
					}
					for _, model := range []string{call.first(), call.second()} {
						p.script(model, nil)
						if test.answer != nil {
							p.script(model, test.answer(call))
						}
					}
					text, err := call.do(t.Context(), c, service)
					e := call.refusedBy(t, err)
					want := told{status: test.status, kind: test.kind, code: test.code}
					if call.claude {
						want.kind, want.code = test.claude, ""
						if test.name == "too much to do" {
							want.status = 529
						}
					}
					if text != "" || e.status != want.status || e.kind != want.kind || e.code != want.code || e.message == "" {
						t.Errorf("%s: received %q, refused with %d, type %q, code %q, message %q; want %d, %q, %q",
							call.name, text, e.status, e.kind, e.code, e.message, want.status, want.kind, want.code)
					}
					if strings.Contains(e.message, providerKey) {
						t.Errorf("%s: the provider's key is told: %s", call.name, e.message)
					}
					if e.header.Get("X-Databricks-Request-Id") == "" {
						t.Errorf("%s: no request id", call.name)
					}
					if wait, err := strconv.Atoi(e.header.Get("Retry-After")); test.status == 429 && (err != nil || wait < 1 || wait > 61) {
						t.Errorf("%s: Retry-After is %q", call.name, e.header.Get("Retry-After"))
					}
				}
			}
		})
	}
}

// An API that the models behind a service do not speak is refused in the words
// of that API (ruling R33).
func TestSDKNotSpoken(t *testing.T) {
	s, p := opened(t)
	everyCall(t, s, func(t *testing.T, c *program, call call) {
		service, before := claudeService, len(p.requests())
		if call.claude {
			service = gptService
		}
		text, err := call.do(t.Context(), c, service)
		e := call.refusedBy(t, err)
		words := map[string]string{
			"openai/v1/chat/completions": "Chat Completions", "openai/v1/responses": "Responses",
			"openai/v1/embeddings": "Embeddings", "anthropic/v1/messages": "Messages",
		}[call.api] + " API passthrough is not supported"
		if text != "" || e.status != 400 || e.kind != "invalid_request_error" || !strings.Contains(e.message, words) {
			t.Errorf("received %q, refused with %+v", text, e)
		}
		if len(p.requests()) != before {
			t.Error("the provider was asked")
		}
	})
}

// What the management surface says of a service, that it speaks an API, is what
// the SDKs find.
func TestSDKSupportedAPITypes(t *testing.T) {
	s, _ := opened(t)
	c := s.overHTTP(alice)
	for _, service := range []string{gptService, claudeService} {
		status, body := s.manage(t, admin, "GET", "/api/2.1/unity-catalog/model-services/"+service, "")
		supported, ok := body["supported_api_types"].([]any)
		if status != 200 || !ok {
			t.Fatalf("%d %v", status, body)
		}
		for _, call := range calls() {
			_, err := call.do(t.Context(), c, service)
			if slices.Contains(supported, any(call.api)) != (err == nil) {
				t.Errorf("%s says that it supports %v; %s: %v", service, supported, call.name, err)
			}
		}
	}
}

// What is not here, such as counting tokens, the SDK is told in its words.
func TestSDKNoSuchPath(t *testing.T) {
	s, _ := opened(t)
	ways(t, s, func(t *testing.T, c *program) {
		_, err := c.anthropic.Messages.CountTokens(t.Context(), anthropic.MessageCountTokensParams{Model: claudeService})
		if e := (call{claude: true}).refusedBy(t, err); e.status != 404 || e.kind != "not_found_error" {
			t.Errorf("Anthropic's is told %+v", e)
		}
		_, err = c.openai.Moderations.New(t.Context(), openai.ModerationNewParams{Model: gptService})
		if e := (call{}).refusedBy(t, err); e.status != 404 || e.code != "endpoint_not_found" {
			t.Errorf("OpenAI's is told %+v", e)
		}
	})
}
