package query_test

import (
	"encoding/json"
	"testing"
)

// errorReply is the body of every error (ruling R11).
type errorReply struct {
	ErrorCode string `json:"error_code"`
	Message   string `json:"message"`
	Type      string `json:"type"`       // on Anthropic's paths
	RequestID string `json:"request_id"` // likewise
	Error     struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Code    any     `json:"code"`
		Param   *string `json:"param"`
	} `json:"error"`
	Details []struct {
		RequestID string `json:"request_id"`
	} `json:"details"`
}

// wantError checks all that holds for every error on this surface.
func wantError(t testing.TB, what string, got reply, status int, code string) errorReply {
	t.Helper()
	e, id := wantAnyError(t, what, got, status, code)
	if e.Type != "" || e.RequestID != "" || e.Error.Code == nil {
		t.Errorf("%s: request %s is not answered in OpenAI's form: %s", what, id, got.body)
	}
	return e
}

// wantAnthropicError is wantError on Anthropic's paths.
func wantAnthropicError(t testing.TB, what string, got reply, status int, code string) errorReply {
	t.Helper()
	e, id := wantAnyError(t, what, got, status, code)
	if e.Type != "error" || e.RequestID != id {
		t.Errorf("%s: request %s is not answered in Anthropic's form: %s", what, id, got.body)
	}
	return e
}

func wantAnyError(t testing.TB, what string, got reply, status int, code string) (e errorReply, id string) {
	t.Helper()
	if err := json.Unmarshal([]byte(got.body), &e); err != nil {
		t.Fatalf("%s: %d, body %q: %v", what, got.status, got.body, err)
	}
	id = got.header.Get("X-Databricks-Request-Id")
	switch {
	case got.status != status || e.ErrorCode != code:
		t.Errorf("%s: got %d %s (%s); want %d %s", what, got.status, e.ErrorCode, e.Message, status, code)
	case e.Message == "" || e.Error.Message == "" || e.Error.Type == "":
		t.Errorf("%s: an error without words: %s", what, got.body)
	case got.header.Get("Content-Type") != "application/json":
		t.Errorf("%s: Content-Type is %q", what, got.header.Get("Content-Type"))
	case id == "" || len(e.Details) != 1 || e.Details[0].RequestID != id:
		t.Errorf("%s: request id %q, in the body %v", what, id, e.Details)
	}
	return e, id
}
