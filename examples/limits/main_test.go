package main

import (
	"strings"
	"testing"
)

const want = `09:00:00 ina, red: 200
09:00:10 ike, blue: 200
09:00:10 ina, blue: 429, Retry-After 51
    REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default.chat'. Requests-per-minute (RPM) rate limit exceeded for group 'interns'
09:01:01 ina, blue: 200
09:01:01 alice, red: 200
09:01:01 alice, red: 200
09:01:01 alice, red: 200
09:01:01 alice, red: 429, Retry-After 61
    REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default.chat'. Tokens-per-minute (TPM) rate limit exceeded for request tag 'team=red'
09:01:01 alice, blue: 200
09:01:01 alice, green: 429, Retry-After 10
    REQUEST_LIMIT_EXCEEDED: User defined rate limit(s) exceeded for 'main.default.chat'. Requests-per-minute (RPM) rate limit exceeded for endpoint
09:01:11 alice, green: 200
`

func TestLimits(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
