package e2e

import (
	"net/http"
	"strconv"
	"testing"
)

// The call over the limit is refused in the way that the client knows, with a
// Retry-After, and does not reach the provider. The other service has its own
// limit.
func TestRateLimit(t *testing.T) {
	s, p := seeded(t)
	s.create(t, `{"catalog_name":"main","schema_name":"default","name":"small",
		"destinations":[{"name":"only","model":"system.ai.databricks-gpt-5-2"}],"rate_limits":{"qpm":2}}`)
	s.sql(t, admin, "GRANT EXECUTE ON MODEL SERVICE main.default.small TO ai_team")
	c := s.client(alice)
	for range 2 {
		c.say(t, hello("main.default.small"))
	}

	_, err := c.CreateChatCompletion(t.Context(), hello("main.default.small"))
	e := refused(t, err)
	if e.HTTPStatusCode != http.StatusTooManyRequests || e.Type != "rate_limit_error" || e.Code != "request_limit_exceeded" {
		t.Errorf("refused with %d, type %q, code %q", e.HTTPStatusCode, e.Type, e.Code)
	}
	if wait, err := strconv.Atoi(c.header("Retry-After")); err != nil || wait < 1 || wait > 61 {
		t.Errorf("Retry-After is %q, want 1 to 61 seconds", c.header("Retry-After"))
	}
	_, err = c.CreateChatCompletionStream(t.Context(), hello("main.default.small"))
	if e := refused(t, err); e.HTTPStatusCode != http.StatusTooManyRequests {
		t.Errorf("a stream: refused with %d", e.HTTPStatusCode)
	}
	if n := len(p.requests()); n != 2 {
		t.Errorf("%d requests reached the provider", n)
	}
	if got := c.say(t, hello(service)); got != "Hello from opus" {
		t.Errorf("the other service answered %q", got)
	}
}
