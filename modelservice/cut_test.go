package modelservice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// recording is a stream and where its parts end.
type recording struct {
	events []string
	ends   []int // behind each event
}

// The first event with content, the finish reason and the report of the
// recording below.
const (
	atContent = 1
	atFinish  = 3
	atReport  = 4
)

func record() recording {
	r := recording{events: events("one", 30, 40, "wéll", " then")}
	n := 0
	for _, e := range r.events {
		n += len(e)
		r.ends = append(r.ends, n)
	}
	return r
}

// whole is how many events arrived in the first n bytes.
func (r recording) whole(n int) int {
	count := 0
	for count < len(r.ends) && r.ends[count] <= n {
		count++
	}
	return count
}

// The stream of the primary is cut behind every byte, by an end and by an
// error, read in pieces of any size: what is delivered is a prefix of exactly
// one attempt and at most one error event (I4, I5, I7).
func TestCutEverywhere(t *testing.T) {
	for _, left := range []bool{false, true} {
		for _, report := range []bool{false, true} {
			t.Run(fmt.Sprintf("fallback=%t/include_usage=%t", left, report), func(t *testing.T) {
				never := time.Duration(0)
				w := newWorld(t, &setup{routing: &routing.Options{Cooldown: &never}})
				spec := to("one")
				if left {
					spec = to("one", "two")
				}
				spec.RateLimits = wide()
				w.service(spec)
				c := cutter{w, record(), left, report, map[string]string{}}
				for n := range c.rec.ends[len(c.rec.ends)-1] + 1 {
					for i, piece := range []int{0, 1, 7} {
						c.cut(n, piece, i%2 == n%2)
					}
				}
				c.rows()
			})
		}
	}
}

type cutter struct {
	*world
	rec    recording
	left   bool              // there is a fallback
	report bool              // the caller asks for the usage event
	got    map[string]string // by request id
}

func (c *cutter) cut(n, piece int, broken bool) {
	c.Helper()
	text := strings.Join(c.rec.events, "")
	c.backend.plays("one", reply{body: text[:n], empty: true, cut: broken, chunk: piece})
	body := ask(streamed)
	if c.report {
		body = ask(streamed, withReport)
	}
	before := c.used(ratelimit.KeyService, "", ratelimit.Tokens)
	out := &recorder{}
	res := c.call(c.ctx(), &modelservice.Call{Caller: c.who["bob"], Body: []byte(body), RequestID: fmt.Sprintf("%d/%d", n, piece)}, out)
	got := out.body.String()
	c.got[res.RequestID] = got

	usage := modelservice.Usage{Input: 30, Output: 40, Total: 70, Source: inferencelog.UsageProvider}
	switch whole := c.rec.whole(n); {
	case whole <= atContent && c.left:
		usage = modelservice.Usage{Input: 3, Output: 4, Total: 7, Source: inferencelog.UsageProvider}
		if want := c.text(events("two", 3, 4, "well", " done")); got != want || res.Outcome != inferencelog.OutcomeOK {
			c.Fatalf("cut at %d: %s\n%s\nwant the fallback's\n%s", n, res.Outcome, got, want)
		}
	case whole <= atContent:
		if res.Outcome != inferencelog.OutcomeFailed || res.Status != 502 {
			c.Fatalf("cut at %d: %s %d", n, res.Outcome, res.Status)
		}
		c.errorBody([]byte(got))
		usage = modelservice.Usage{}
	case whole <= atFinish:
		if res.Outcome != inferencelog.OutcomeTruncated {
			c.Fatalf("cut at %d: %s", n, res.Outcome)
		}
		c.truncatedAt(got, c.text(c.rec.events[:whole]))
		usage.Source = inferencelog.UsageEstimate
	default:
		want := c.text(c.rec.events[:whole])
		if whole < len(c.rec.events) {
			want += "data: [DONE]\n\n" // what the provider left out (ruling R31)
		}
		if got != want || res.Outcome != inferencelog.OutcomeOK {
			c.Fatalf("cut at %d: %s\n%s\nwant\n%s", n, res.Outcome, got, want)
		}
		if whole <= atReport {
			usage.Source = inferencelog.UsageEstimate
		}
	}
	if usage.Source == inferencelog.UsageEstimate {
		if res.Usage.Source != usage.Source || res.Usage.Total <= 0 || res.Usage.Total != res.Usage.Input+res.Usage.Output {
			c.Errorf("cut at %d: usage %+v, want an estimate", n, res.Usage)
		}
	} else if res.Usage != usage {
		c.Errorf("cut at %d: usage %+v, want %+v", n, res.Usage, usage)
	}
	if charged := c.used(ratelimit.KeyService, "", ratelimit.Tokens) - before; charged != res.Usage.Total {
		c.Errorf("cut at %d: charged %d for %+v", n, charged, res.Usage)
	}
}

// text is what a caller sees of events: the report only if it was asked for.
func (c *cutter) text(list []string) string {
	var b strings.Builder
	for _, e := range list {
		if c.report || !strings.Contains(e, `"usage"`) {
			b.WriteString(e)
		}
	}
	return b.String()
}

func (c *cutter) rows() {
	c.Helper()
	rows := c.world.rows()
	if len(rows) != len(c.got) {
		c.Errorf("%d rows for %d calls", len(rows), len(c.got))
	}
	for _, row := range rows {
		if want, ok := c.got[row.RequestID]; !ok || string(row.Response) != want {
			c.Errorf("row %s holds\n%s\nthe caller got\n%s", row.RequestID, row.Response, want)
		}
	}
}

// What comes behind the finish reason cannot undo the answer, unless the
// provider itself says that it failed (ruling R31, I5).
func TestBehindTheFinish(t *testing.T) {
	r := record()
	answered := strings.Join(r.events[:atFinish+1], "")
	for _, tt := range []struct {
		name    string
		behind  string
		cut     bool
		outcome inferencelog.Outcome
	}{
		{"nothing", "", false, inferencelog.OutcomeOK},
		{"a broken line", "", true, inferencelog.OutcomeOK},
		{"half an event", `data: {"choices":[`, false, inferencelog.OutcomeOK},
		{"no JSON", "data: <html>\n\n", false, inferencelog.OutcomeOK},
		{"a comment", ": bye\n\n", false, inferencelog.OutcomeOK},
		{"an event too large", "data: " + strings.Repeat("a", 5<<20), false, inferencelog.OutcomeOK},
		{"an error", `data: {"error":{"message":"no"}}` + "\n\n", false, inferencelog.OutcomeTruncated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			w.backend.plays("one", reply{body: answered + tt.behind, cut: tt.cut})
			out := &recorder{}
			res := w.serve(t.Context(), "bob", ask(`"stream":true`), out)
			told := out.body.String()
			if res.Outcome != tt.outcome || !strings.HasPrefix(told, answered) {
				t.Errorf("%s: %q", res.Outcome, told[:min(len(told), 2000)])
			}
			done, failed := strings.Count(told, "data: [DONE]\n\n"), strings.Count(told, `"error":{`)
			if ok := tt.outcome == inferencelog.OutcomeOK; ok && (done != 1 || failed != 0) || !ok && (done != 0 || failed != 1) {
				t.Errorf("%d [DONE], %d errors", done, failed)
			}
		})
	}
}
