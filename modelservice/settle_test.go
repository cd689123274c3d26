package modelservice_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice"
)

// What a call with several answers has used is observed per answer.
func TestUsualIsPerAnswer(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = wide()
	w.service(spec)
	w.backend.plays("one", reply{body: answer("one", "well", 3, 400)})
	for range 20 {
		w.serve(t.Context(), "bob", ask(`"n":4`), &recorder{})
	}
	if usual := w.limiter.Usual(uint64(w.id(modelservice.TypeModelService, chat))); usual < 50 || usual > 150 {
		t.Errorf("four answers of 400 tokens together: usually %d each", usual)
	}
}

// A report made before the answer does not stand for its output.
func TestEarlyReportIsABeginning(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.backend.plays("one", reply{header: sseHeader, cut: true, body: "data: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":100,\"output_tokens\":1}}}\n\n" +
		"data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"" + strings.Repeat("word ", 40) + "\"}}\n\n"})
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: modelservice.Messages, Body: []byte(ask(streamed))}, &recorder{})
	if res.Usage.Input != 100 || res.Usage.Output != 50 || res.Usage.Total != 150 || res.Usage.Source != "estimate" {
		t.Errorf("%+v", res.Usage)
	}
}

// odd is an Output that is gone and counts badly.
type odd struct{ n int }

func (odd) Begin(int, http.Header)        {}
func (o odd) Write(p []byte) (int, error) { return len(p)*o.n + o.n, errGone }
func (odd) Flush() error                  { return nil }

// However an Output counts, no more is kept than was there.
func TestOddOutput(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 2} {
		w := newWorld(t, nil)
		w.service(to("one"))
		for _, body := range []string{ask(), ask(streamed)} {
			res := w.gw.Serve(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(body)}, odd{n})
			if res.Outcome != "cancelled" {
				t.Errorf("%d: %s %v", n, res.Outcome, res.Err)
			}
		}
	}
}

// Of a refusal that broke off only what is told by itself is passed on.
func TestBrokenRefusal(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	body := `{"error":{"message":"too long","type":"x","param":null,"code":"y","more":"kept"}}`
	for _, cut := range []bool{false, true} {
		w.backend.plays("one", reply{status: 400, body: body, cut: cut})
		out := &recorder{}
		w.serve(t.Context(), "bob", ask(), out)
		if kept := strings.Contains(out.body.String(), "kept"); out.status != 400 || kept == cut {
			t.Errorf("cut %t: %d %s", cut, out.status, out.body.String())
		}
	}
}
