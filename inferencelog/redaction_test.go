package inferencelog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/inferencelog"
)

// What a hook takes out is nowhere: it is out before the row is queued, the row says so, and the original's length is kept
// but not its hash.
func TestRedact(t *testing.T) {
	secret := []byte("the canary")
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &inferencelog.Options{Redact: func(to inferencelog.Target, r *inferencelog.Record) {
			if to.Table != 1 {
				t.Errorf("target %+v", to)
			}
			switch r.RequestID {
			case "masked":
				r.Request = bytes.ReplaceAll(r.Request, secret, []byte("***"))
			case "gone":
				r.Request, r.Response = nil, nil
			case "panics":
				panic(string(secret))
			}
		}})
		for _, id := range []string{"masked", "gone", "panics", "left"} {
			body := slices.Concat([]byte(`{"say":"`), secret, []byte(`"}`))
			answer := []byte("fine")
			if id != "masked" && id != "left" {
				answer = body
			}
			r := &inferencelog.Record{RequestID: id, ID: id, Request: body, Response: answer, RequestTags: map[string]string{"say": string(secret)}}
			if !w.log.Log(1, r) {
				t.Fatal("refused")
			}
			if id != "left" && bytes.Contains(r.Request, secret) {
				t.Errorf("%s: queued with the secret", id)
			}
			if !bytes.Contains(body, secret) {
				t.Errorf("%s: the call's own body was changed", id)
			}
		}
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := w.rows(1)
		for id, want := range map[string]struct{ request, response, codes string }{
			"masked": {`{"say":"***"}`, "fine", inferencelog.RequestRedacted},
			"gone":   {"", "", inferencelog.RequestRedacted + " " + inferencelog.ResponseRedacted},
			"panics": {"", "", inferencelog.RedactionFailed},
			"left":   {`{"say":"the canary"}`, "fine", ""},
		} {
			r := rows[id]
			if string(r.Request) != want.request || string(r.Response) != want.response || strings.Join(r.LoggingErrorCodes, " ") != want.codes {
				t.Errorf("%s: %s, %s, %v", id, r.Request, r.Response, r.LoggingErrorCodes)
			}
			if r.RequestSize != int64(len(`{"say":"the canary"}`)) {
				t.Errorf("%s: %d bytes", id, r.RequestSize)
			}
			if sum := sha256.Sum256(r.Request); (r.RequestSHA256 == hex.EncodeToString(sum[:])) != (id == "left") || id != "left" && r.RequestSHA256 != "" {
				t.Errorf("%s: hash %q", id, r.RequestSHA256)
			}
			if (r.RequestTags == nil) != (id == "panics") {
				t.Errorf("%s: tags %v", id, r.RequestTags)
			}
		}
	})
}

// A body that is too long is measured where it is let go, redacted or not, and one that its caller did not keep has the
// length and the hash that were said.
func TestLongBodies(t *testing.T) {
	long := bytes.Repeat([]byte("x"), inferencelog.MaxPayload+1)
	sum := sha256.Sum256(long)
	hash := hex.EncodeToString(sum[:])
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.log.Log(1, &inferencelog.Record{ID: "whole", Request: long, Response: []byte("a")})
		w.log.Log(1, &inferencelog.Record{ID: "part", Response: []byte("beginning"), ResponseSize: 11 << 20, ResponseSHA256: "said"})
		if err := w.log.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		rows := w.rows(1)
		if r := rows["whole"]; r.Request != nil || r.RequestSize != int64(len(long)) || r.RequestSHA256 != hash || !slices.Equal(r.LoggingErrorCodes, []string{inferencelog.MaxRequestSizeExceeded}) {
			t.Errorf("%+v", r)
		}
		if r := rows["part"]; r.Response != nil || r.ResponseSize != 11<<20 || r.ResponseSHA256 != "said" || !slices.Equal(r.LoggingErrorCodes, []string{inferencelog.MaxResponseSizeExceeded}) {
			t.Errorf("%+v", r)
		}
	})
}
