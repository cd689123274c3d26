package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded is a call that a client of the field was seen to make.
type recorded struct {
	Call      string          `json:"call"`
	Method    string          `json:"method"`
	Path      string          `json:"path"`
	Query     string          `json:"query"`
	Body      json.RawMessage `json:"body"`
	Want      int             `json:"want"`
	ErrorCode string          `json:"error_code"`
}

func readRecorded(t *testing.T, file string, least int) []recorded {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	var calls []recorded
	strictly(t, data, &calls)
	if len(calls) < least {
		t.Fatalf("%s has %d calls", file, len(calls))
	}
	return calls
}

// A player makes recorded calls of the example's server, as a metastore admin.
type player struct {
	*example
	t *testing.T

	// What the recorded client had from earlier answers, which are others here.
	etag, pageToken, statement string
}

// newPlayer starts the example, with the users that the recordings name. It has
// to be stopped before the test ends.
func newPlayer(t *testing.T) *player {
	t.Helper()
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "gateway.json"), configuration(t, newProvider(t)), 0o600))
	w := &player{example: launch(t, buildExample(t, folder), folder), t: t}
	for _, name := range []string{"alice@example.com", "bob@example.com"} {
		w.ask("POST", "/api/2.1/unity-catalog/principals", `{"type":"user","name":"`+name+`"}`, http.StatusOK)
	}
	return w
}

// play makes a call as it was recorded: method, path, query and body.
func (w *player) play(c recorded) []byte {
	w.t.Helper()
	target := strings.NewReplacer("{statement_id}", w.statement).Replace(c.Path)
	if c.Query != "" {
		target += "?" + strings.NewReplacer("{etag}", url.QueryEscape(w.etag), "{page_token}", url.QueryEscape(w.pageToken)).Replace(c.Query)
	}
	w.t.Logf("%s", c.Call)
	answer := w.ask(c.Method, target, string(c.Body), c.Want)
	var read struct {
		Etag      string `json:"etag"`
		Next      string `json:"next_page_token"`
		Statement string `json:"statement_id"`
		ErrorCode string `json:"error_code"`
	}
	must(w.t, json.Unmarshal(answer, &read))
	if read.ErrorCode != c.ErrorCode {
		w.t.Errorf("%s: the error code is %q, want %q", c.Call, read.ErrorCode, c.ErrorCode)
	}
	for _, kept := range []struct {
		at   *string
		text string
	}{{&w.etag, read.Etag}, {&w.pageToken, read.Next}, {&w.statement, read.Statement}} {
		if kept.text != "" {
			*kept.at = kept.text
		}
	}
	return answer
}

// ask makes a request and returns its answer, which must be JSON, have a request
// id and the status.
func (w *player) ask(method, target, body string, want int) []byte {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+target, strings.NewReader(body))
	must(w.t, err)
	r.Header.Set("Authorization", "Bearer "+token(admin))
	r.Header.Set("Accept", "application/json")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := w.via.Do(r)
	must(w.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(w.t, err)
	if response.StatusCode != want {
		w.t.Fatalf("%s %s %s\nanswers %d %s\nwant %d", method, target, body, response.StatusCode, answer, want)
	}
	if response.Header.Get("Content-Type") != "application/json" || len(response.Header.Get("X-Databricks-Request-Id")) != 36 || !json.Valid(answer) {
		w.t.Errorf("%s %s answers %v %s", method, target, response.Header, answer)
	}
	if want >= 400 {
		var e wireError
		strictly(w.t, answer, &e)
		if len(e.Details) == 0 || e.Details[0].RequestID != response.Header.Get("X-Databricks-Request-Id") || e.Message == "" {
			w.t.Errorf("%s %s answers the error %s", method, target, answer)
		}
	}
	return answer
}

// strictly decodes JSON into the members that there are, and no others.
func strictly(t *testing.T, data []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v\nin %s", err, data)
	}
	if d.More() {
		t.Fatalf("more than one value in %s", data)
	}
}
