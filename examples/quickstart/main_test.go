package main

import (
	"strings"
	"testing"
)

const want = `a stranger: 404 'main.default.chat' does not exist
with EXECUTE: 200, attempts: 1, {"choices":[{"message":{"content":"I am system.ai.primary-model."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
the primary is down: 200, attempts: 2, {"choices":[{"message":{"content":"I am system.ai.fallback-model."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
over the limit: 429 REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default.chat'. Requests-per-minute (RPM) rate limit exceeded for endpoint
row: bob, 429, refused, "", 0 tokens
row: bob, 200, ok, "fallback", 7 tokens
row: bob, 200, ok, "primary", 7 tokens
rows lost: 0
`

func TestQuickstart(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
