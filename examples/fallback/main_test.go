package main

import (
	"strings"
	"testing"
)

const want = `the primary answers: 200
    Hello from large.
the primary is down: 200
    Hello from small.
a stream, and the primary is down: 200
    Hello from small.
    [DONE]
a stream that breaks before its first word: 200
    Hello from small.
    [DONE]
a stream that breaks after it: 200
    Hel
    error: The answer broke off: the model's provider failed.
both are down: 503
    error: No destination of 'main.default.chat' is available.
row: 200 ok
    INITIAL_ATTEMPT primary 200
row: 200 ok
    INITIAL_ATTEMPT primary 503 overloaded
    FALLBACK fallback 200
row: 200 ok
    INITIAL_ATTEMPT primary 503 overloaded
    FALLBACK fallback 200
row: 200 ok
    INITIAL_ATTEMPT primary 200 malformed
    FALLBACK fallback 200
row: 200 truncated
    INITIAL_ATTEMPT primary 200 reset
row: 503 failed
    INITIAL_ATTEMPT primary 503 overloaded
    FALLBACK fallback 503 overloaded
`

func TestFallback(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
