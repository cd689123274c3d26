package query_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing/routingtest"
)

var updateMatrix = flag.Bool("update", false, "write testdata/matrix.txt as it is seen")

// A faultCase is one shape at one place: before destinations have answered 503
// when it comes, left destinations are there after it.
type faultCase struct {
	ask          routingtest.Ask
	shape        routingtest.Shape
	before, left int
}

func (c faultCase) String() string {
	mode := "plain"
	if c.ask.Stream {
		mode = "stream"
	}
	place := [...]string{"primary", "fallback 1", "fallback 2"}[c.before]
	return fmt.Sprintf("%s %s, %s at %s, %d left", c.ask.API, mode, c.shape, place, c.left)
}

func (c faultCase) schedule() routingtest.Schedule {
	s := routingtest.Schedule{}
	for i := range c.before {
		s[fmt.Sprint("m", i)] = []routingtest.Reply{{Shape: routingtest.Unavailable}}
	}
	// A shape that is cut is cut before content; there are shapes for after it.
	// Whatever has a size has one beyond all limits.
	r := routingtest.Reply{Shape: c.shape, At: 100}
	if c.shape == routingtest.TooManyRequests {
		r.RetryAfter = "7"
	}
	s[fmt.Sprint("m", c.before)] = []routingtest.Reply{r}
	return s
}

func (c faultCase) stalls() bool {
	switch c.shape {
	case routingtest.HeaderStall, routingtest.StallBeforeContent, routingtest.StallAt, routingtest.StallAfterContent:
		return true
	}
	return false
}

// A faultView is what a case comes to.
type faultView struct {
	status    int
	outcome   inferencelog.Outcome
	delivered string   // in the words of faultDelivered
	attempts  []string // destination, class, error code
	usage     string
}

func (v faultView) String() string {
	return fmt.Sprintf("%d %s; %s; usage %s; %s", v.status, v.outcome, v.delivered, v.usage, strings.Join(v.attempts, ", "))
}

// faultCases are all of chat completions, and of the other APIs those with
// nothing before and at most one destination left.
func faultCases() []faultCase {
	shapes := append(routingtest.Shapes(), "400", "401", "403", "404", "413", "422", "529")
	var list []faultCase
	for _, api := range []routingtest.API{routingtest.ChatCompletions, routingtest.Responses, routingtest.Messages, routingtest.Embeddings} {
		for _, stream := range []bool{false, true} {
			if api == routingtest.Embeddings && stream {
				continue
			}
			for _, shape := range shapes {
				for before := range 3 {
					for left := range 3 {
						if api == routingtest.ChatCompletions || before == 0 && left < 2 {
							list = append(list, faultCase{routingtest.Ask{API: api, Stream: stream}, shape, before, left})
						}
					}
				}
			}
		}
	}
	return list
}

// Every failure shape at every place, with and without destinations left,
// streamed and not, through real connections: what is seen is what the rulings
// say (faultExpected), and what testdata/matrix.txt shows to people (failures.md
// 1.3; I3, I4, I5, I6).
func TestFaultMatrix(t *testing.T) {
	cases := faultCases()
	seen := make([]faultView, len(cases))
	w := newFaultWorld(t)
	busy := make(chan struct{}, 4)
	var wg sync.WaitGroup
	for i, c := range cases {
		if !c.stalls() { // those that wait, all wait at once
			busy <- struct{}{}
		}
		wg.Go(func() {
			if !c.stalls() {
				defer func() { <-busy }()
			}
			seen[i] = c.see(t, w)
		})
	}
	wg.Wait()
	var table bytes.Buffer
	for i, c := range cases {
		fmt.Fprintf(&table, "%s: %s\n", c, seen[i])
		if want := c.expected(); !want.matches(seen[i]) {
			t.Errorf("%s:\ngot  %s\nwant %s", c, seen[i], want)
		}
	}
	file := filepath.Join("testdata", "matrix.txt")
	if *updateMatrix {
		if err := os.WriteFile(file, table.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	was, is := strings.Split(string(kept), "\n"), strings.Split(table.String(), "\n")
	for i := range max(len(was), len(is)) {
		if i >= len(was) || i >= len(is) || was[i] != is[i] {
			t.Fatalf("line %d is not as in %s (-update writes it anew): %s", i+1, file, is[min(i, len(is)-1)])
		}
	}
}

// see plays a case.
func (c faultCase) see(t *testing.T, w *faultWorld) faultView {
	limits := patient
	if c.stalls() {
		limits = impatient
	}
	got, row, arrivals := w.ask(t, c.ask.API, c.ask.Stream, c.before+1+c.left, c.schedule(), limits)
	if row == nil {
		t.Errorf("%s: no row; the caller got %d %q", c, got.status, got.body)
		return faultView{}
	}
	v := faultView{status: got.status, outcome: row.Outcome, delivered: c.delivered(got), usage: row.UsageSource}
	if v.usage == "" {
		v.usage = "none"
	}
	for _, a := range row.Attempts {
		text := a.Destination
		if a.Class != "" {
			text += " " + a.Class
		}
		if a.ErrorCode != "" {
			text += " " + a.ErrorCode
		}
		v.attempts = append(v.attempts, text)
	}
	c.checkRow(t, got, row)
	c.checkArrivals(t, row, arrivals)
	return v
}

// checkRow checks what the row says of the answer.
func (c faultCase) checkRow(t *testing.T, got reply, row *inferencelog.Record) {
	if got.err != nil {
		t.Errorf("%s: the answer ended with %v", c, got.err)
	}
	if row.StatusCode != got.status || string(row.Request) == "" {
		t.Errorf("%s: the row says %d, the caller got %d; request %q", c, row.StatusCode, got.status, row.Request)
	}
	// What is no UTF-8 is repaired in the row, and said.
	if c.shape != routingtest.InvalidUTF8 && string(row.Response) != got.body {
		t.Errorf("%s: the row holds %q, the caller got %q", c, row.Response, got.body)
	}
	if row.Outcome == inferencelog.OutcomeOK {
		last := row.Attempts[len(row.Attempts)-1]
		output := int64(routingtest.OutputTokens)
		if c.ask.API == routingtest.Embeddings {
			output = 0
		}
		if row.DestinationName != last.Destination || row.InputTokens.Int != routingtest.InputTokens || row.OutputTokens.Int != output || row.TotalTokens.Int != routingtest.InputTokens+output {
			t.Errorf("%s: row of %s: %d in, %d out, %d", c, row.DestinationName, row.InputTokens.Int, row.OutputTokens.Int, row.TotalTokens.Int)
		}
	}
	if limited := got.status == 429; limited != (got.header.Get("Retry-After") == "7") {
		t.Errorf("%s: Retry-After %q on %d", c, got.header.Get("Retry-After"), got.status)
	}
}

// checkArrivals checks what reached the upstreams: each destination of the row
// once and in order, but for those that cannot be reached, with one body (I3,
// I6).
func (c faultCase) checkArrivals(t *testing.T, row *inferencelog.Record, arrivals []routingtest.Arrival) {
	var want, got []string
	for i, a := range row.Attempts {
		if i == c.before && (c.shape == routingtest.Refused || c.shape == routingtest.TLSAbort) {
			continue
		}
		want = append(want, strings.Replace(a.Destination, "d", "m", 1))
	}
	rest := ""
	for _, a := range arrivals {
		got = append(got, a.Model)
		body := strings.Replace(string(a.Body), fmt.Sprintf("%q", a.Model), `""`, 1)
		if rest == "" {
			rest = body
		}
		if body != rest || !a.Complete || a.API != c.ask.API || a.Stream != c.ask.Stream {
			t.Errorf("%s: %s got the body %s (complete %t); want %s", c, a.Model, a.Body, a.Complete, rest)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: arrivals at %v, the row says %v", c, got, want)
	}
	if sent := faultBody(c.ask.API, "", c.ask.Stream); rest != "" && rest != sent {
		t.Errorf("%s: the body became\n%s\nand was\n%s", c, rest, sent)
	}
}

// delivered says in a few words what the caller got: "all of d1", "2 events of
// d0 and an error", "an error"; anything else as it is.
func (c faultCase) delivered(got reply) string {
	for i := range c.before + 1 + c.left {
		a := c.ask
		a.Model = fmt.Sprint("m", i)
		switch got.body {
		case routingtest.Answer(a):
			return fmt.Sprintf("all of d%d", i)
		case strings.Replace(routingtest.Answer(a), "Hello", "Hel\xc3\xff", 1):
			return fmt.Sprintf("all of d%d, which is no UTF-8", i)
		}
		prefix := ""
		for n, e := range routingtest.Events(a) {
			prefix += e
			if rest, ok := strings.CutPrefix(got.body, prefix); ok && c.isErrorEvent(rest) {
				return fmt.Sprintf("%d events of d%d and an error", n+1, i)
			}
		}
	}
	if c.isError([]byte(got.body)) && strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		return "an error"
	}
	return fmt.Sprintf("%q", got.body)
}

// isErrorEvent reports whether text is one event, an error in the API's own
// form (ruling R30).
func (c faultCase) isErrorEvent(text string) bool {
	event, ok := strings.CutSuffix(text, "\n\n")
	if !ok || strings.Contains(event, "\n\n") {
		return false
	}
	if c.ask.API != routingtest.ChatCompletions {
		if event, ok = strings.CutPrefix(event, "event: error\n"); !ok {
			return false
		}
	}
	data, ok := strings.CutPrefix(event, "data: ")
	if !ok || strings.Contains(data, "\n") {
		return false
	}
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal([]byte(data), &kind) != nil || c.ask.API != routingtest.ChatCompletions && kind.Type != "error" {
		return false
	}
	return c.isError([]byte(data))
}

// isError reports whether body is an error of ruling R11 that the API's clients
// understand.
func (c faultCase) isError(body []byte) bool {
	var e struct {
		ErrorCode string `json:"error_code"`
		Message   string `json:"message"`
		Type      string `json:"type"`
		Error     *struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil || e.ErrorCode == "" || e.Message == "" || e.Error == nil || e.Error.Type == "" || e.Error.Message == "" {
		return false
	}
	return c.ask.API != routingtest.Messages || e.Type == "error"
}
