package modelservice_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/routing"
)

// Every attempt sends the caller's bytes, the model's name apart: numbers keep
// their text, unknown and repeated members and white space stay (ruling R33; I6).
func TestBodyPassesByteForByte(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two", "three"))
	w.backend.plays("one", reply{status: 503})
	w.backend.plays("two", reply{status: 503})
	for _, body := range []string{
		ask(),
		ask(`"seed":9007199254740993`, `"temperature":1e400`, `"top_p":1.0`, `"x":-0`, `"y":0.10`),
		ask(`"a":1`, `"a":2`, `"A":3`, `"":null`, `"deep":[[[{"model":"inner"}]]]`),
		"\n\t{ \"messages\" : [ ] ,\r\n \"model\" : \"main.default.chat\" , \"u\":\"\\u0000\\ud83d\\ude00\\/é\" }  \n",
		`{"\u006dodel":"main.default.\u0063hat","base_url":"http://evil","api_key":"k","Authorization":"x"}`,
		ask(streamed, `"stream_options":{"include_usage":true,"extra":1}`),
	} {
		from := len(w.backend.seen())
		res := w.serve(t.Context(), "bob", body, &recorder{})
		calls := w.backend.seen()[from:]
		if res.Status != 200 || len(calls) == 0 {
			t.Errorf("%d after %d attempts for %s", res.Status, len(calls), body)
		}
		for _, call := range calls {
			if call.length != int64(len(call.body)) {
				t.Errorf("length %d of %d bytes", call.length, len(call.body))
			}
			named := func(s string) string { return strings.Replace(body, s, call.model, 1) }
			if call.body != named(chat) && call.body != named(`main.default.\u0063hat`) {
				t.Errorf("%s was sent\n%s\nfor\n%s", call.model, call.body, body)
			}
		}
	}
}

// The answer reaches the caller as it came.
func TestAnswerPassesByteForByte(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for _, body := range []string{
		answer("some-other-name", "wéll \\u0000", 3, 4),
		" {\"choices\":[{\"message\":{\"content\":null}, \"n\":9007199254740993,\"n\":1e400}], \"x_unknown\" : 1.0 }\n",
	} {
		w.backend.plays("one", reply{body: body})
		out := &recorder{}
		if res := w.serve(t.Context(), "bob", ask(), out); res.Status != 200 || out.body.String() != body {
			t.Errorf("%d %q, want %q", res.Status, out.body.String(), body)
		}
	}
}

// How a stream's bytes arrive makes no difference to anything (I7).
func TestChunking(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		never := time.Duration(0)
		w := openWorld(rt, &setup{routing: &routing.Options{Cooldown: &never}})
		defer w.close()
		spec := to("one")
		spec.RateLimits = wide()
		w.service(spec)
		texts := rapid.SliceOfN(rapid.StringN(1, 8, 30), 1, 5).Draw(rt, "texts")
		stream := strings.Join(events("one", rapid.IntRange(-1, 5).Draw(rt, "in"), 4, texts...), "")
		cut := rapid.IntRange(0, len(stream)).Draw(rt, "cut")
		var first, firstBody string
		for range 3 {
			w.backend.plays("one", reply{body: stream[:cut], empty: true, chunk: rapid.IntRange(1, 100).Draw(rt, "chunk")})
			out := &recorder{}
			res := w.serve(w.ctx(), "bob", ask(streamed), out)
			// An answer of ours names the request.
			got := strings.ReplaceAll(out.body.String(), res.RequestID, "id")
			if was := string(res.Outcome) + res.Usage.Source; first == "" {
				first, firstBody = was, got
			} else if was != first || got != firstBody {
				rt.Fatalf("%s\n%s\nbefore %s\n%s", was, got, first, firstBody)
			}
		}
	})
}
