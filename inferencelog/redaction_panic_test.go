package inferencelog_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/inferencelog"
)

// When the hook panics nothing that the caller or the provider has written stays, wherever it is in the row: not the
// bodies, not their hashes, not the URL, not the user agent. What it was about to take out is not known.
func TestPanickingRedactLeavesNothing(t *testing.T) {
	const canary = "canary"
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{Redact: func(inferencelog.Target, *inferencelog.Record) { panic(canary) }})
		tags := map[string]string{canary: canary}
		if !w.log.Log(1, &inferencelog.Record{
			ID: "a", Requester: "ann", Request: []byte(canary), Response: []byte(canary), RequestSHA256: canary, ResponseSHA256: canary,
			URL: "/v1?key=" + canary, UserAgent: canary, RequestTags: tags, RequestHeaders: tags,
		}) {
			t.Fatal("refused")
		}
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := w.rows(1)["a"]
		if r == nil {
			t.Fatal("the row is not stored")
		}
		if r.URL != "" || r.UserAgent != "" {
			t.Errorf("url %q, user agent %q", r.URL, r.UserAgent)
		}
		if text := string(r.AppendJSON(nil, inferencelog.Payload)); strings.Contains(text, canary) || !strings.Contains(text, inferencelog.RedactionFailed) {
			t.Errorf("%s", text)
		}
		if r.Requester != "ann" || r.RequestSize != int64(len(canary)) || r.ResponseSize != int64(len(canary)) {
			t.Errorf("%+v", r)
		}
	})
}
