package main

import (
	"strings"
	"testing"
)

const want = `Is anybody there? 200
And now? 200
collected: alice 200 {"model":"main.default.chat","messages":[{"role":"user","content":"Is anybody there?"}]}
collected: alice 200 {"model":"main.default.chat","messages":[{"role":"user","content":"And now?"}]}
to be read: 2 rows
`

func TestSink(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
