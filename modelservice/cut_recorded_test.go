package modelservice_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// A recorded stream, and what a person sees in it. Frames are counted from 0.
type recorded struct {
	file    string
	api     modelservice.API
	content int // the first frame with content (ruling R30)
	finish  int // the first frame with a terminal mark (ruling R31)
	end     int // the frame that ends the stream: [DONE], message_stop, …
	usage   modelservice.Usage
	report  int // the frame with which the whole usage is known
	text    string
}

func recordedStreams(t testing.TB) []*recorded {
	t.Helper()
	list := []*recorded{
		{file: "chat_tools.sse", api: modelservice.ChatCompletions, content: 1, finish: 4, end: 6, report: 5, usage: modelservice.Usage{Input: 81, Output: 17, Total: 98}},
		{file: "chat_reasoning_crlf.sse", api: modelservice.ChatCompletions, content: 4, finish: 7, end: 8, report: 7, usage: modelservice.Usage{Input: 12, Output: 30, Total: 42}},
		{file: "chat_odd.sse", api: modelservice.ChatCompletions, content: 2, finish: 5, end: 7, report: 6, usage: modelservice.Usage{Input: 4, Output: 5, Total: 9}},
		{file: "messages_thinking_tools.sse", api: modelservice.Messages, content: 3, finish: 14, end: 15, report: 14, usage: modelservice.Usage{Input: 331, Output: 61, Total: 392}},
		{file: "responses_reasoning_tools.sse", api: modelservice.Responses, content: 4, finish: 11, end: 11, report: 11, usage: modelservice.Usage{Input: 37, Output: 11, Total: 48}},
	}
	for _, r := range list {
		text, err := os.ReadFile(filepath.Join("testdata", "streams", r.file))
		if err != nil {
			t.Fatal(err)
		}
		r.text = string(text)
		r.usage.Source = inferencelog.UsageProvider
	}
	return list
}

// frameEnds returns where the frames of a stream end, by the book: a line ends
// in CRLF, LF or CR, and an empty line ends a frame.
func frameEnds(stream string) []int {
	var ends []int
	for at := 0; at < len(stream); {
		n := strings.IndexAny(stream[at:], "\r\n")
		if n < 0 {
			break
		}
		next := at + n + 1
		if stream[at+n] == '\r' && next < len(stream) && stream[next] == '\n' {
			next++
		}
		if n == 0 {
			ends = append(ends, next)
		}
		at = next
	}
	return ends
}

// The end that the gateway adds where a provider left it out (ruling R31).
func missingEnd(api modelservice.API) string {
	if api == modelservice.Messages {
		return "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	}
	return "data: [DONE]\n\n"
}

// isErrorEvent reports whether text is one event that says error in the API's
// own form (ruling R30).
func isErrorEvent(api modelservice.API, text string) bool {
	event, ok := strings.CutSuffix(text, "\n\n")
	if api != modelservice.ChatCompletions && ok {
		event, ok = strings.CutPrefix(event, "event: error\n")
	}
	data, found := strings.CutPrefix(event, "data: ")
	var e struct {
		Type      string          `json:"type"`
		ErrorCode string          `json:"error_code"`
		Error     json.RawMessage `json:"error"`
	}
	if !ok || !found || strings.Contains(data, "\n") || json.Unmarshal([]byte(data), &e) != nil {
		return false
	}
	return e.ErrorCode != "" && len(e.Error) > 0 && (api == modelservice.ChatCompletions || e.Type == "error")
}

// pieces is a body that comes in the given pieces, then ends with err.
type pieces struct {
	list []string
	err  error
}

func (p *pieces) Read(b []byte) (int, error) {
	for len(p.list) > 0 && p.list[0] == "" {
		p.list = p.list[1:]
	}
	if len(p.list) == 0 {
		return 0, p.err
	}
	n := copy(b, p.list[0])
	p.list[0] = p.list[0][n:]
	return n, nil
}

func (p *pieces) Close() error { return nil }

// pieceBackend answers with one body from model one, and wholly from the others.
type pieceBackend struct{ first *pieces }

// Send implements modelservice.Backend.
func (b *pieceBackend) Send(_ context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	body := b.first
	if leaf := to.Model.Leaf(); leaf != "one" {
		body = &pieces{[]string{routingtest.Answer(routingtest.Ask{API: routingtest.API(r.API), Model: leaf, Stream: r.Stream})}, io.EOF}
	}
	return &modelservice.Response{Status: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body}, nil
}

// cutWorld plays recorded streams. Nothing cools in it.
type cutWorld struct {
	*world
	backend *pieceBackend
	gateway *modelservice.Gateway
	got     map[string]string // what was delivered, by request id
}

func newCutWorld(t testing.TB, models ...string) *cutWorld {
	t.Helper()
	never := time.Duration(0)
	c := &cutWorld{world: newWorld(t, &setup{routing: &routing.Options{Cooldown: &never}}), backend: &pieceBackend{}, got: map[string]string{}}
	spec := to(models...)
	spec.RateLimits = wide()
	c.service(spec)
	var err error
	c.gateway, err = modelservice.NewGateway(modelservice.Config{Metastore: c.ms, Router: c.router, Limiter: c.limiter, Backend: c.backend})
	c.must(err)
	return c
}

// play makes a call that model one answers with the given pieces.
func (c *cutWorld) play(r *recorded, end error, list ...string) (modelservice.Result, *recorder) {
	c.Helper()
	c.backend.first = &pieces{append([]string(nil), list...), end}
	body := ask(streamed, withReport)
	switch r.api {
	case modelservice.Responses:
		body = fmt.Sprintf(`{"model":%q,"input":"hello","stream":true}`, chat)
	case modelservice.Messages:
		body = fmt.Sprintf(`{"model":%q,"max_tokens":100,"messages":[{"role":"user","content":"hello"}],"stream":true}`, chat)
	}
	before := c.used(ratelimit.KeyService, "", ratelimit.Tokens)
	out := &recorder{}
	res := c.gateway.Serve(context.Background(), &modelservice.Call{Caller: c.who["bob"], API: r.api, Body: []byte(body)}, out)
	for _, fault := range out.faults {
		c.Errorf("the output was used wrongly: %s", fault)
	}
	if charged := c.used(ratelimit.KeyService, "", ratelimit.Tokens) - before; charged != res.Usage.Total {
		c.Errorf("charged %d for %+v", charged, res.Usage)
	}
	c.got[res.RequestID] = out.body.String()
	return res, out
}

// rows checks that every call has one row, of what was delivered.
func (c *cutWorld) rows() {
	c.Helper()
	rows := c.world.rows()
	if len(rows) != len(c.got) {
		c.Errorf("%d rows for %d calls", len(rows), len(c.got))
	}
	for _, row := range rows {
		if want, ok := c.got[row.RequestID]; !ok || string(row.Response) != want {
			c.Fatalf("row %s holds\n%s\nthe caller got\n%s", row.RequestID, row.Response, want)
		}
	}
}

// What people see in the recordings is in them.
func TestRecordedStreams(t *testing.T) {
	for _, r := range recordedStreams(t) {
		ends := frameEnds(r.text)
		if len(ends) != r.end+1 || ends[r.end] != len(r.text) {
			t.Errorf("%s: %d frames, the last one is number %d", r.file, len(ends), r.end)
		}
	}
}

// A recorded stream is cut behind every byte, by an end and by a break: with a
// fallback and no content yet, the fallback's answer comes whole; otherwise a
// prefix of the one stream and at most one error (I3, I4, I5).
func TestRecordedCutEverywhere(t *testing.T) {
	for _, r := range recordedStreams(t) {
		for _, left := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/fallback=%t", r.file, left), func(t *testing.T) {
				models := []string{"one"}
				if left {
					models = append(models, "two")
				}
				c := newCutWorld(t, models...)
				for n := range len(r.text) + 1 {
					c.cut(r, n, left, io.EOF)
					c.cut(r, n, left, io.ErrUnexpectedEOF)
				}
				c.rows()
			})
		}
	}
}

// cut plays the first n bytes and then err.
func (c *cutWorld) cut(r *recorded, n int, left bool, err error) {
	c.Helper()
	res, out := c.play(r, err, r.text[:n])
	ends := frameEnds(r.text[:n])
	whole := len(ends)
	prefix := ""
	if whole > 0 {
		prefix = r.text[:ends[whole-1]]
	}
	got := out.body.String()
	provider := r.usage
	switch {
	case whole <= r.content && left:
		want := routingtest.Answer(routingtest.Ask{API: routingtest.API(r.api), Model: "two", Stream: true})
		if got != want || res.Outcome != inferencelog.OutcomeOK || len(res.Steps) != 2 {
			c.Fatalf("cut at %d (%v): %s after %d attempts\n%s\nwant the fallback's\n%s", n, err, res.Outcome, len(res.Steps), got, want)
		}
		provider = modelservice.Usage{
			Input: routingtest.InputTokens, Output: routingtest.OutputTokens, Total: routingtest.InputTokens + routingtest.OutputTokens, Source: inferencelog.UsageProvider,
		}
	case whole <= r.content:
		if res.Outcome != inferencelog.OutcomeFailed || res.Status != 502 || !json.Valid([]byte(got)) {
			c.Fatalf("cut at %d (%v): %s %d\n%s", n, err, res.Outcome, res.Status, got)
		}
		provider = modelservice.Usage{}
	case whole <= r.finish:
		rest, ok := strings.CutPrefix(got, prefix)
		if !ok || !isErrorEvent(r.api, rest) || res.Outcome != inferencelog.OutcomeTruncated || res.Status != 200 || len(res.Steps) != 1 {
			c.Fatalf("cut at %d (%v): %s %d\n%q\nwant an error behind\n%q", n, err, res.Outcome, res.Status, got, prefix)
		}
	default:
		if whole <= r.end {
			prefix += missingEnd(r.api)
		}
		if got != prefix || res.Outcome != inferencelog.OutcomeOK || len(res.Steps) != 1 {
			c.Fatalf("cut at %d (%v): %s\n%q\nwant\n%q", n, err, res.Outcome, got, prefix)
		}
	}
	switch {
	case whole > r.report || whole <= r.content:
		if res.Usage != provider {
			c.Fatalf("cut at %d (%v): usage %+v, want %+v", n, err, res.Usage, provider)
		}
	case res.Usage.Source != inferencelog.UsageEstimate || res.Usage.Total <= 0:
		c.Fatalf("cut at %d (%v): usage %+v, want an estimate", n, err, res.Usage)
	}
}

// face of a result: all of it that must not depend on how bytes come.
func (c *cutWorld) face(res modelservice.Result, out *recorder) string {
	c.Helper()
	var row *inferencelog.Record
	for r, err := range c.log.Rows(context.Background(), uint64(c.id(catalog.TypeTable, chatTable)), inferencelog.Query{Limit: 1}) {
		c.must(err)
		row = r
	}
	if row == nil || row.RequestID != res.RequestID {
		c.Fatalf("the newest row is not of the last call: %+v", row)
	}
	for i := range row.Attempts {
		row.Attempts[i].LatencyMs = 0
	}
	text := fmt.Sprintf("%d %s %+v\n%s\n%s %d %v %v %v %v %s %v", out.status, res.Outcome, res.Usage, out.body.String(),
		row.Outcome, row.StatusCode, row.InputTokens, row.OutputTokens, row.TotalTokens, row.UsageSource, row.Response, row.Attempts)
	return strings.ReplaceAll(text, res.RequestID, "ID")
}

// However the bytes of a stream are cut into reads, the same is delivered,
// counted, decided and recorded (I7): every split in two, random partitions,
// one byte at a time; of whole streams and of ones that break off.
func TestRecordedPartitions(t *testing.T) {
	for _, r := range recordedStreams(t) {
		t.Run(r.file, func(t *testing.T) {
			ends := frameEnds(r.text)
			for _, n := range []int{len(r.text), ends[r.finish-1] + 9, ends[r.content] + 5, ends[r.content-1] + 1} {
				text := r.text[:n]
				c := newCutWorld(t, "one", "two")
				want := c.face(c.play(r, io.EOF, text))
				same := func(what any, list ...string) {
					if got := c.face(c.play(r, io.EOF, list...)); got != want {
						t.Fatalf("%d bytes in pieces %v:\n%s\nwhole:\n%s", n, what, got, want)
					}
				}
				for at := range n + 1 {
					same(at, text[:at], text[at:])
				}
				var bytewise []string
				for i := range len(text) {
					bytewise = append(bytewise, text[i:i+1])
				}
				same("of one byte", bytewise...)
				rapid.Check(t, func(t *rapid.T) {
					var list []string
					for rest := text; rest != ""; {
						k := rapid.IntRange(1, len(rest)).Draw(t, "piece")
						if rapid.Bool().Draw(t, "small") {
							k = min(k, 1+k%30)
						}
						list = append(list, rest[:k])
						rest = rest[k:]
						if len(list) > 200 {
							list, rest = append(list, rest), ""
						}
					}
					if got := c.face(c.play(r, io.EOF, list...)); got != want {
						t.Fatalf("%d bytes in %d pieces:\n%s\nwhole:\n%s", n, len(list), got, want)
					}
				})
			}
		})
	}
}

// An event of 1 MiB passes, however it comes and wherever it breaks off
// (failures.md 1.13).
func TestLargeEvent(t *testing.T) {
	large := fmt.Sprintf("data: {\"model\":\"big\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"}}]}\n\n", strings.Repeat("x", 1<<20))
	small := strings.Join(events("one", 3, 4, "well"), "")
	first := frameEnds(small)[1]
	text := small[:first] + large + small[first:]
	r := &recorded{api: modelservice.ChatCompletions, content: 1, finish: 3, end: 5, report: 4, text: text,
		usage: modelservice.Usage{Input: 3, Output: 4, Total: 7, Source: inferencelog.UsageProvider}}
	c := newCutWorld(t, "one", "two")
	for _, piece := range []int{1 << 10, 4095, 4096, 4097, 1 << 16, len(text)} {
		var list []string
		for rest := text; rest != ""; rest = rest[min(piece, len(rest)):] {
			list = append(list, rest[:min(piece, len(rest))])
		}
		if res, out := c.play(r, io.EOF, list...); out.body.String() != text || res.Outcome != inferencelog.OutcomeOK {
			t.Errorf("in pieces of %d: %s, %d of %d bytes", piece, res.Outcome, out.body.Len(), len(text))
		}
	}
	for _, n := range []int{first, first + 1, first + 5, first + 1<<19, first + len(large) - 2, first + len(large) - 1, first + len(large)} {
		c.cut(r, n, true, io.EOF)
		c.cut(r, n, true, io.ErrUnexpectedEOF)
	}
	c.rows()
}
