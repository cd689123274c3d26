package modelservice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// shape is one way in which an attempt fails, and what becomes of the call.
type shape struct {
	name   string
	fails  reply
	mode   string        // "plain", "stream", or "" for both
	moves  bool          // a fallback is tried
	status int           // for the caller when nothing is left
	class  routing.Class // of the attempt
	upon   int           // events delivered before it fails; then the answer is truncated
}

const (
	notSent   = routing.ClassNotSent
	declined  = routing.ClassRefused
	uncertain = routing.ClassUncertain
)

// tooLong is what the world of the matrix takes for an unstreamed answer.
const tooLong = 64 << 10

func shapes() []shape {
	start := events("one", -1, 0, "well", " then", " more")
	join := func(n int, more ...string) string { return strings.Join(start[:n], "") + strings.Join(more, "") }
	failure := func(c routing.Cause) error { return &routing.Failure{Cause: c, Err: errCut} }
	inBand := `data: {"error":{"message":"overloaded","code":503}}` + "\n\n"
	return []shape{
		{"refused", reply{err: failure(routing.CauseRefused)}, "", true, 502, notSent, 0},
		{"no connection in time", reply{err: failure(routing.CauseTimeoutConnect)}, "", true, 504, notSent, 0},
		{"reset before headers", reply{err: failure(routing.CauseReset)}, "", true, 502, uncertain, 0},
		{"an error of its own", reply{err: errCut}, "", true, 502, uncertain, 0},
		{"headers never come", reply{hang: true}, "", true, 504, uncertain, 0},
		{"429", reply{status: 429}, "", true, 429, declined, 0},
		{"500", reply{status: 500}, "", true, 500, uncertain, 0},
		{"503", reply{status: 503}, "", true, 503, declined, 0},
		{"529", reply{status: 529}, "", true, 529, declined, 0},
		{"401", reply{status: 401}, "", true, 502, declined, 0},
		{"402", reply{status: 402}, "", true, 502, declined, 0},
		{"403", reply{status: 403}, "", true, 502, declined, 0},
		{"404", reply{status: 404}, "", true, 502, declined, 0},
		{"302", reply{status: 302}, "", true, 502, uncertain, 0},
		{"400", reply{status: 400}, "", false, 400, declined, 0},
		{"413", reply{status: 413}, "", false, 413, declined, 0},
		{"418", reply{status: 418}, "", false, 418, declined, 0},
		{"422", reply{status: 422}, "", false, 422, declined, 0},
		{"empty 200", reply{empty: true}, "", true, 502, uncertain, 0},
		{"blank 200", reply{body: " \n\n"}, "", true, 502, uncertain, 0},
		{"204", reply{status: 204, empty: true}, "", true, 502, uncertain, 0},
		{"HTML 200", reply{body: "<html><body>Welcome</body></html>"}, "", true, 502, uncertain, 0},
		{"reset after headers", reply{empty: true, cut: true}, "", true, 502, uncertain, 0},
		{"stall after headers", reply{empty: true, stall: true}, "", true, 504, uncertain, 0},
		{"in-band error", reply{body: `{"error":{"message":"overloaded"}}`}, "", true, 502, uncertain, 0},

		{"broken JSON", reply{body: `{"choices":[{"message":{"content":"we`}, "plain", true, 502, uncertain, 0},
		{"no object", reply{body: `[]`}, "plain", true, 502, uncertain, 0},
		{"no choices", reply{body: `{"choices":[]}`}, "plain", true, 502, uncertain, 0},
		{"cut answer", reply{body: answer("one", "well", 3, 4)[:80], cut: true}, "plain", true, 502, uncertain, 0},
		{"cut behind the answer", reply{body: answer("one", "well", 3, 4), cut: true}, "plain", true, 502, uncertain, 0},
		{"stalled answer", reply{body: answer("one", "well", 3, 4)[:80], stall: true}, "plain", true, 504, uncertain, 0},
		{"answer too long", reply{body: answer("one", strings.Repeat("a", tooLong), 3, 4)}, "plain", true, 502, uncertain, 0},

		{"error as first event", reply{body: inBand}, "stream", true, 502, uncertain, 0},
		{"error after the role", reply{body: join(1, inBand)}, "stream", true, 502, uncertain, 0},
		{"broken first event", reply{body: "data: {\"choices\":[{\n\n"}, "stream", true, 502, uncertain, 0},
		{"end before content", reply{body: join(1)}, "stream", true, 502, uncertain, 0},
		{"cut before content", reply{body: join(1), cut: true}, "stream", true, 502, uncertain, 0},
		{"stall before content", reply{body: join(1), stall: true}, "stream", true, 504, uncertain, 0},
		{"pings for ever", reply{body: strings.Repeat(": ping\n\n", 1<<12), chunk: 8, pause: time.Second}, "stream", true, 504, uncertain, 0},
		{"first event too long", reply{body: "data: " + strings.Repeat("a", 5<<20)}, "stream", true, 502, uncertain, 0},

		{"flood before content", reply{body: strings.Repeat(": "+strings.Repeat("a", 1<<10)+"\n\n", 13<<10) + join(3)}, "stream", true, 502, uncertain, 0},
		{"event called error", reply{body: join(1, "event: error\n", `data: {"message":"overloaded"}`, "\n\n")}, "stream", true, 502, uncertain, 0},

		{"event called error after content", reply{body: join(2, "event: error\n", `data: {"message":"overloaded"}`, "\n\n")}, "stream", false, 200, uncertain, 2},
		{"end after content", reply{body: join(3)}, "stream", false, 200, uncertain, 3},
		{"cut after content", reply{body: join(2), cut: true}, "stream", false, 200, uncertain, 2},
		{"cut inside an event", reply{body: join(3, start[3][:20]), cut: true}, "stream", false, 200, uncertain, 3},
		{"stall after content", reply{body: join(3), stall: true}, "stream", false, 200, uncertain, 3},
		{"error after content", reply{body: join(2, inBand)}, "stream", false, 200, "", 2},
		{"broken event after content", reply{body: join(2, "data: {\"choices\"\n\n")}, "stream", false, 200, uncertain, 2},
		{"event too long after content", reply{body: join(2, "data: ", strings.Repeat("a", 5<<20))}, "stream", false, 200, uncertain, 2},
	}
}

// Every failure shape, with the primary only and with a fallback left,
// streamed and not (rulings R28, R30, R31; I3, I5).
func TestMatrix(t *testing.T) {
	for _, s := range shapes() {
		for _, mode := range []string{"plain", "stream"} {
			if s.mode != "" && s.mode != mode {
				continue
			}
			for _, left := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/fallback=%t", s.name, mode, left), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { s.check(t, mode == "stream", left) })
				})
			}
		}
	}
}

func (s shape) check(t *testing.T, stream, left bool) {
	w := newWorld(t, &setup{response: tooLong, routing: &routing.Options{Timeouts: routing.Timeouts{
		FirstToken: 10 * time.Second, Idle: 5 * time.Second, Attempt: 30 * time.Second, Total: 100 * time.Second,
	}}})
	spec := to("one")
	if left {
		spec = to("one", "two")
	}
	spec.RateLimits = wide()
	w.service(spec)
	w.backend.plays("one", s.fails)
	body := ask()
	if stream {
		body = ask(streamed, withReport)
	}
	out := &recorder{}
	res := w.serve(t.Context(), "bob", body, out)

	outcome, status, attempts := inferencelog.OutcomeFailed, s.status, 1
	switch {
	case s.upon > 0:
		outcome = inferencelog.OutcomeTruncated
	case s.moves && left:
		outcome, status, attempts = inferencelog.OutcomeOK, 200, 2
	}
	if res.Outcome != outcome || res.Status != status || out.status != status {
		t.Errorf("outcome %s, status %d, told %d; want %s, %d (%v)", res.Outcome, res.Status, out.status, outcome, status, res.Err)
	}
	if n := len(w.backend.seen()); n != attempts || len(res.Steps) != attempts {
		t.Fatalf("%d attempts, %d steps, want %d", n, len(res.Steps), attempts)
	}
	if first := res.Steps[0]; s.class != "" && first.Class != s.class || first.Destination != "d0" || first.Action != routing.InitialAttempt {
		t.Errorf("first attempt %+v, want class %s", first, s.class)
	}
	s.bytes(w, out, stream, outcome)
	s.row(w, out, res)

	if requests, tokens := w.used(ratelimit.KeyService, "", ratelimit.Requests), w.used(ratelimit.KeyService, "", ratelimit.Tokens); requests != 1 || tokens != res.Usage.Total {
		t.Errorf("%d requests and %d tokens are counted for usage %+v", requests, tokens, res.Usage)
	}
	switch {
	case outcome == inferencelog.OutcomeFailed && res.Usage.Total != 0:
		t.Errorf("a call that no provider reported on costs %+v", res.Usage)
	case outcome == inferencelog.OutcomeTruncated && (res.Usage.Total <= 0 || res.Usage.Source != inferencelog.UsageEstimate):
		t.Errorf("half an answer costs %+v, want an estimate", res.Usage)
	case outcome == inferencelog.OutcomeOK && res.Usage != modelservice.Usage{Input: 3, Output: 4, Total: 7, Source: inferencelog.UsageProvider}:
		t.Errorf("usage %+v, not as reported", res.Usage)
	}
	w.settled()
}

// bytes checks what the caller received.
func (s shape) bytes(w *world, out *recorder, stream bool, outcome inferencelog.Outcome) {
	w.Helper()
	got := out.body.String()
	switch outcome {
	case inferencelog.OutcomeOK:
		want := answer("two", "well", 3, 4)
		if stream {
			want = strings.Join(events("two", 3, 4, "well", " done"), "")
		}
		if got != want {
			w.Errorf("delivered\n%s\nwant the fallback's\n%s", got, want)
		}
	case inferencelog.OutcomeTruncated:
		w.truncatedAt(got, strings.Join(events("one", -1, 0, "well", " then", " more")[:s.upon], ""))
	default:
		w.errorBody([]byte(got))
		if ct := out.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
			w.Errorf("an error comes as %q", ct)
		}
	}
}

// truncatedAt checks that what was delivered is the prefix, one error event
// and nothing else (ruling R30).
func (w *world) truncatedAt(got, prefix string) {
	w.Helper()
	rest, ok := strings.CutPrefix(got, prefix)
	if !ok {
		w.Fatalf("delivered\n%s\nwhich does not begin with\n%s", got, prefix)
	}
	data, ok := strings.CutPrefix(rest, "data: ")
	if !ok || strings.Count(rest, "data:") != 1 || !strings.HasSuffix(rest, "\n\n") || strings.Contains(rest, "[DONE]") {
		w.Fatalf("behind the content came %q, want one error event", rest)
	}
	w.errorBody([]byte(strings.TrimSpace(data)))
}

// errorBody checks the form of ruling R11.
func (w *world) errorBody(body []byte) (code, message string) {
	w.Helper()
	var e struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
		Error   *struct {
			Message, Type string
			Code, Param   any
		}
	}
	if err := json.Unmarshal(body, &e); err != nil || e.Code == "" || e.Error == nil || e.Error.Message == "" || e.Error.Type == "" {
		w.Errorf("this is no error of ruling R11 (%v): %s", err, body)
	}
	return e.Code, e.Message
}

// row checks the one row of the call against what the caller saw.
func (s shape) row(w *world, out *recorder, res modelservice.Result) {
	w.Helper()
	row := w.row()
	if row.Outcome != res.Outcome || row.StatusCode != out.status || row.RequestID != res.RequestID {
		w.Errorf("row %s %d %s, result %s %d %s", row.Outcome, row.StatusCode, row.RequestID, res.Outcome, out.status, res.RequestID)
	}
	if string(row.Response) != out.body.String() {
		w.Errorf("the row holds\n%s\nthe caller got\n%s", row.Response, out.body.String())
	}
	if len(row.Attempts) != len(res.Steps) {
		w.Fatalf("%d attempts in the row, %d made", len(row.Attempts), len(res.Steps))
	}
	for i, a := range row.Attempts {
		step := res.Steps[i]
		if a.Destination != step.Destination || a.Action != step.Action || a.Status != step.Status || a.Class != string(step.Class) {
			w.Errorf("attempt %d is %+v in the row, the step is %+v", i, a, step)
		}
	}
}

// settled checks, inside a bubble, that no call holds on to a bucket.
func (w *world) settled() {
	w.Helper()
	time.Sleep(2 * time.Hour)
	w.limiter.Sweep()
	if n := w.limiter.Len(); n != 0 {
		w.Errorf("%d buckets are held by leases that nobody settled", n)
	}
}

// A provider's own refusal reaches the caller inside our shape, and so does
// how long it wants to be left alone (rulings R11, R28).
func TestProviderRefusal(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.backend.plays("one",
		reply{status: 400, body: `{"error":{"message":"temperature is 9000","type":"invalid_request_error","code":"bad_temperature","param":"temperature"}}`},
		reply{status: 429, header: http.Header{"Retry-After": {"7"}}, body: `{"error":{"message":"slow down"}}`},
		reply{status: 422, body: `not even JSON`},
	)
	out := &recorder{}
	res := w.serve(t.Context(), "bob", ask(), out)
	if code, message := w.errorBody([]byte(out.body.String())); res.Status != 400 || code == "" || !strings.Contains(message, "temperature is 9000") || !strings.Contains(out.body.String(), "bad_temperature") {
		t.Errorf("%d %s", res.Status, out.body.String())
	}
	if step := res.Steps[0]; step.Status != 400 || step.ErrorCode != "bad_temperature" {
		t.Errorf("step %+v", step)
	}
	out = &recorder{}
	if res = w.serve(t.Context(), "bob", ask(), out); res.Status != 429 || out.header.Get("Retry-After") != "7" {
		t.Errorf("%d, Retry-After %q", res.Status, out.header.Get("Retry-After"))
	}
	out = &recorder{}
	if res = w.serve(t.Context(), "bob", ask(), out); res.Status != 422 || strings.Contains(out.body.String(), "not even JSON") {
		t.Errorf("%d %s", res.Status, out.body.String())
	}
	w.errorBody([]byte(out.body.String()))
}

// However long a provider wants to be left alone, Retry-After is a number of
// seconds above zero, and five minutes at most.
func TestProviderRetryAfter(t *testing.T) {
	for _, header := range []string{"", "0", "-5", "soon", "1", "9223372036", "9223372037", "99999999999999999999", "Mon, 02 Jan 2006 15:04:05 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"} {
		for _, status := range []int{429, 503, 529} {
			w := newWorld(t, nil)
			w.service(to("one"))
			w.backend.plays("one", reply{status: status, header: http.Header{"Retry-After": {header}}})
			out := &recorder{}
			w.serve(t.Context(), "bob", ask(), out)
			got := out.header.Get("Retry-After")
			if got == "" && status != 429 {
				continue // nothing is made up where the provider says nothing
			}
			if n, err := strconv.ParseInt(got, 10, 64); err != nil || n < 1 || n > 300 {
				t.Errorf("%d, %q becomes %q", status, header, got)
			}
		}
	}
}

// An overloaded provider is one that is not available, whichever status it has
// for that, and says when to come back.
func TestOverloaded(t *testing.T) {
	for _, status := range []int{503, 529} {
		w := newWorld(t, nil)
		w.service(to("one"))
		w.backend.plays("one", reply{status: status, header: http.Header{"Retry-After": {"7"}}})
		out := &recorder{}
		res := w.serve(t.Context(), "bob", ask(), out)
		if res.Status != status || res.Err.Code != modelservice.CodeUnavailable || out.header.Get("Retry-After") != "7" {
			t.Errorf("%d: %d %v, Retry-After %q", status, res.Status, res.Err, out.header.Get("Retry-After"))
		}
	}
}

// With mixed failures the last one decides (ruling R28).
func TestLastFailureDecides(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two", "three"))
	w.backend.plays("one", reply{status: 503})
	w.backend.plays("two", reply{err: &routing.Failure{Cause: routing.CauseRefused}})
	w.backend.plays("three", reply{status: 429})
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 429 || len(res.Steps) != 3 {
		t.Errorf("%d after %d attempts", res.Status, len(res.Steps))
	}
	w.backend.plays("three", reply{status: 401})
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 502 || len(res.Steps) != 3 {
		t.Errorf("%d after %d attempts", res.Status, len(res.Steps))
	}
}
