package modelservice_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/routing"
)

// What has come is on its way to the caller before more is waited for; events
// that come together are sent together.
func TestStreamIsPrompt(t *testing.T) {
	for _, together := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			list := events("one", -1, 0, "well", "well", "well", "well", "well")
			content := list[1 : len(list)-2] // all of one length
			part := len(content[0]) * together
			// The role comes with the first, so that every read is of whole events.
			w.backend.plays("one", reply{body: strings.Join(content, "") + strings.Join(list[len(list)-2:], ""), chunk: part, pause: time.Second})
			start := time.Now()
			out := &recorder{}
			sent := map[int]int{} // bytes by second, at the last flush
			out.onFlush = func() { sent[int(time.Since(start)/time.Second)] = out.body.Len() }
			res := w.serve(t.Context(), "bob", ask(streamed), out)
			if res.Outcome != inferencelog.OutcomeOK {
				t.Fatalf("%s: %v", res.Outcome, res.Err)
			}
			for second := 1; second*together <= len(content); second++ {
				if want := second * part; sent[second] != want {
					t.Errorf("%d at a time: after %d s %d bytes are on their way, want %d", together, second, sent[second], want)
				}
			}
			if reads := (out.body.Len() + part - 1) / part; out.flushes > reads+1 {
				t.Errorf("%d at a time: %d flushes for %d reads", together, out.flushes, reads)
			}
		})
	}
}

// A slow caller is no slow provider: once content has come, the limits on
// waiting for it are over (ruling R32).
func TestSlowCaller(t *testing.T) {
	for _, stream := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, &setup{routing: &routing.Options{Timeouts: routing.Timeouts{
				FirstToken: 3 * time.Second, Attempt: 3 * time.Second, Total: 3 * time.Second, Idle: 5 * time.Second,
			}}})
			w.service(to("one", "two"))
			body, whole := ask(), answer("one", "well", 3, 4)
			if stream {
				body, whole = ask(streamed, withReport), strings.Join(events("one", 3, 4, "well", " done"), "")
			}
			w.backend.plays("one", reply{body: whole, chunk: 200})
			out := &recorder{onWrite: func() { time.Sleep(12 * time.Second) }} // over every limit
			res := w.serve(t.Context(), "bob", body, out)
			if res.Outcome != inferencelog.OutcomeOK || out.body.String() != whole || len(w.router.Snapshot()) != 0 {
				t.Errorf("stream %t: %s, %v\n%s", stream, res.Outcome, res.Err, out.body.String())
			}
			if !slices.ContainsFunc(res.Steps, func(s routing.Step) bool { return s.Committed }) {
				t.Errorf("stream %t: content reached the caller of %+v", stream, res.Steps)
			}
		})
	}
}

// A provider may take its time between events, so long as each comes within
// the limit on idleness (ruling R32).
func TestSlowProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, &setup{routing: &routing.Options{Timeouts: routing.Timeouts{FirstToken: 9 * time.Second, Idle: 5 * time.Second}}})
		w.service(to("one"))
		whole := strings.Join(events("one", 3, 4, "well", " then", " more", " done"), "")
		w.backend.plays("one", reply{body: whole, chunk: len(whole) / 6, pause: 4 * time.Second})
		out := &recorder{}
		if res := w.serve(t.Context(), "bob", ask(streamed, withReport), out); res.Outcome != inferencelog.OutcomeOK || out.body.String() != whole {
			t.Errorf("%s: %v", res.Outcome, res.Err)
		}
	})
}

// A model that fails is left alone by every service over it, and only it
// (ruling R29).
func TestHealthIsTheModels(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	for name, model := range map[string]string{"same": "one", "other": "two"} {
		spec := to(model, "three")
		spec.InferenceTable = nil
		_, err := w.create("alice", "main.default", name, spec)
		w.must(err)
	}
	w.backend.plays("one", reply{status: 503})
	for range 5 {
		w.serve(t.Context(), "bob", ask(), &recorder{})
	}
	from := len(w.backend.seen())
	w.serve(t.Context(), "bob", ask(), &recorder{})
	w.serve(t.Context(), "alice", askOf("main.default.same"), &recorder{})
	w.serve(t.Context(), "alice", askOf("main.default.other"), &recorder{})
	var asked []string
	for _, s := range w.backend.seen()[from:] {
		asked = append(asked, s.model)
	}
	if !slices.Equal(asked, []string{"two", "three", "two"}) {
		t.Errorf("with one cooling, %v are asked", asked)
	}
}

// An answer of the greatest length passes; a byte more and it is none, be it
// a blank one.
func TestAnswerAtCap(t *testing.T) {
	open := newWorld(t, &setup{response: math.MaxInt64})
	open.service(to("one"))
	if res := open.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("without a cap: %d %v", res.Status, res.Err)
	}
	for _, beyond := range []int{0, 1, 100} {
		w := newWorld(t, &setup{response: tooLong})
		w.service(to("one"))
		text := answer("one", "well", 3, 4)
		text += strings.Repeat(" ", tooLong-len(text)+beyond)
		w.backend.plays("one", reply{body: text})
		out := &recorder{}
		res := w.serve(t.Context(), "bob", ask(), out)
		if want := map[bool]int{true: 200, false: 502}[beyond == 0]; res.Status != want || want == 200 && out.body.String() != text {
			t.Errorf("%d bytes beyond the cap: %d with %d bytes", beyond, res.Status, out.body.Len())
		}
	}
}
