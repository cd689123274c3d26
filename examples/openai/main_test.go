package main

import (
	"strings"
	"testing"
)

const want = `chat: A parrot. (8 tokens)
stream: "A " "parrot."
embedding: [0.25 -0.5]
main.default.chat: 429 request_limit_exceeded: REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default.chat'. Requests-per-minute (RPM) rate limit exceeded for user
main.default.secret: 404 not_found: 'main.default.secret' does not exist
`

func TestOpenAI(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
