package main

import (
	"strings"
	"testing"
)

const want = `bob calls: 200
carol calls: 200
alice: SELECT requester, status_code, request, total_tokens FROM main.default.chat_payload WHERE outcome = 'ok'
    carol | 200 | {"model":"main.default.chat","messages":[{"role":"user","content":"Hi."}]} | 5
    bob | 200 | {"model":"main.default.chat","messages":[{"role":"user","content":"Ahoy!"}]} | 5
bob: SELECT requester, status_code, request, total_tokens FROM main.default.chat_payload
    Table 'main.default.chat_payload' does not exist.
alice: GRANT SELECT OWN ROWS ON TABLE main.default.chat_payload TO bob
alice: GRANT SELECT MASKED ON TABLE main.default.chat_payload TO carol
bob: SELECT requester, status_code, request, total_tokens FROM main.default.chat_payload
    bob | 200 | {"model":"main.default.chat","messages":[{"role":"user","content":"Ahoy!"}]} | 5
carol: SELECT requester, status_code, request, total_tokens FROM main.default.chat_payload
    carol | 200 | NULL | 5
    bob | 200 | NULL | 5
bob calls: 200
the store is away, the process ends: 0 rows lost
alice: SELECT request, outcome FROM main.default.chat_payload LIMIT 1
    {"model":"main.default.chat","messages":[{"role":"user","content":"Is anybody there?"}]} | ok
`

func TestPayloadLog(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("printed\n%s\nwant\n%s", out.String(), want)
	}
}
