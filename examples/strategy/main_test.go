package main

import (
	"strings"
	"testing"
)

const want = `plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 200
plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 503
    FALLBACK silver 200
plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 503
    FALLBACK silver 200
plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 503
    FALLBACK silver 200
plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 503
    FALLBACK silver 200
plan: bronze, silver, gold
    INITIAL_ATTEMPT bronze 503
    FALLBACK silver 200
plan: silver, gold
    INITIAL_ATTEMPT silver 200
`

func TestStrategy(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
