package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// recorded are streams as providers send them.
var recorded = map[string]string{
	"openai": "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n" +
		"data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Grüße, 世界\"},\"finish_reason\":null}]}\n\n" +
		"data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" +
		"data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"total_tokens\":13}}\n\n" +
		"data: [DONE]\n\n",
	"comments, CRLF": ": OPENROUTER PROCESSING\r\n\r\n: OPENROUTER PROCESSING\r\n\r\ndata: {\"choices\":[]}\r\n\r\ndata:[DONE]\r\n\r\n",
	"responses":      responsesStream,
	"messages":       messagesStream,
	"messages, CRLF": strings.ReplaceAll(messagesStream, "\n", "\r\n"),
	"anthropic":      "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\nevent: message_stop\ndata: {}\n\n",
	"CR":             "data: a\r\revent: x\rdata: b\rdata: c\r\r",
	"mark, lines":    "\xEF\xBB\xBFdata: one\ndata:  two\ndata\nid: 7\nretry: 10\nunknown: x\n\n\n\ndata:\n\ndata: 3\ndata: 4\n\n",
	"mixed ends":     "data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\rdata: e\r\n\r\r\n",
	"ends in CR":     "data: a\r\n\r",
}

type event struct{ raw, name, data string }

// readAll reads a stream to its end; nil data shows as "-".
func readAll(src io.Reader, limit int) (events []event, err error) {
	r := NewReader(src, &ReaderOptions{MaxEvent: limit})
	for {
		e, err := r.Next()
		if err != nil {
			if _, again := r.Next(); again != err {
				return events, fmt.Errorf("error changed from %v to %v", err, again)
			}
			return events, err
		}
		r.Ready() // must leave the event alone
		data := "-"
		if e.Data != nil {
			data = string(e.Data)
		}
		events = append(events, event{string(e.Raw), e.Name, data})
	}
}

// pieces is a source that hands out a stream in the given pieces.
type pieces [][]byte

func (p *pieces) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; len((*p)[0]) == 0 {
		*p = (*p)[1:]
	}
	return n, nil
}

var lineEnd = regexp.MustCompile("\r\n|\n|\r")

// oracle reads a whole stream as the standard words it: only events with data.
func oracle(stream string) (events []event) {
	stream = strings.TrimPrefix(stream, "\xEF\xBB\xBF")
	all := lineEnd.Split(stream, -1)
	var name string
	var data []string
	for _, line := range all[:len(all)-1] {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data != nil {
				events = append(events, event{"", name, strings.Join(data, "\n")})
			}
			name, data = "", nil
		case field == "event":
			name = value
		case field == "data":
			data = append(data, value)
		}
	}
	return events
}

// said leaves out what says nothing, and the frames.
func said(events []event) (out []event) {
	for _, e := range events {
		if e.data != "-" {
			out = append(out, event{"", e.name, e.data})
		}
	}
	return out
}

func joined(events []event) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString(e.raw)
	}
	return b.String()
}

func TestReaderReadsWholeStreams(t *testing.T) {
	for name, stream := range recorded {
		events, err := readAll(strings.NewReader(stream), 0)
		if err != io.EOF {
			t.Errorf("%s: ended with %v", name, err)
		}
		if got, want := said(events), oracle(stream); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
		if joined(events) != stream {
			t.Errorf("%s: the frames together are not the stream: %q", name, joined(events))
		}
	}
}

// I7: how the bytes arrive makes no difference.
func TestReaderIgnoresChunking(t *testing.T) {
	for name, stream := range recorded {
		want, wantErr := readAll(strings.NewReader(stream), 0)
		compare := func(how string, src io.Reader) {
			t.Helper()
			got, err := readAll(src, 0)
			if err != wantErr || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s, %s:\n got %q %v\nwant %q %v", name, how, got, err, want, wantErr)
			}
		}
		for i := range len(stream) + 1 {
			compare(fmt.Sprintf("split at %d", i), &pieces{[]byte(stream[:i]), []byte(stream[i:])})
		}
		compare("one by one", iotest.OneByteReader(strings.NewReader(stream)))
		compare("error with data", iotest.DataErrReader(strings.NewReader(stream)))
	}
}

// Any bytes in any partition, any limit: the same events and the same end.
func TestReaderIgnoresPartition(t *testing.T) {
	alphabet := []string{"\n", "\r", "\r\n", "data:", "data: x", "event: e", ":", "a", "\xEF\xBB\xBF", "\xEF", " ", "\n\n", "\r\n\r\n", strings.Repeat("y", 30)}
	rapid.Check(t, func(t *rapid.T) {
		stream := strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 40).Draw(t, "stream"), "")
		limit := rapid.IntRange(1, 100).Draw(t, "limit")
		var parts pieces
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			parts = append(parts, []byte(rest[:n]))
			rest = rest[n:]
		}
		got, gotErr := readAll(&parts, limit)
		want, wantErr := readAll(strings.NewReader(stream), limit)
		if gotErr != wantErr || !reflect.DeepEqual(got, want) {
			t.Fatalf("stream %q limit %d:\n got %q %v\nwant %q %v", stream, limit, got, gotErr, want, wantErr)
		}
		for _, e := range got {
			if len(e.raw) > limit {
				t.Fatalf("event of %d bytes above the limit of %d", len(e.raw), limit)
			}
		}
		if !strings.HasPrefix(stream, joined(got)) {
			t.Fatalf("frames are no prefix of the stream: %q", joined(got))
		}
		whole, err := readAll(strings.NewReader(stream), 0)
		if s, o := said(whole), oracle(stream); !reflect.DeepEqual(s, o) {
			t.Fatalf("stream %q:\n got %q\nwant %q", stream, s, o)
		}
		if (err == io.EOF) != (joined(whole) == stream) {
			t.Fatalf("stream %q: ended with %v after %q", stream, err, joined(whole))
		}
	})
}

// An event counts when its blank line arrived; a cut is never a clean end.
func TestReaderTellsTruncation(t *testing.T) {
	for name, stream := range recorded {
		for i := range len(stream) {
			events, err := readAll(strings.NewReader(stream[:i]), 0)
			rest := stream[len(joined(events)):i]
			switch {
			case rest == "" && err != io.EOF, rest != "" && err != io.ErrUnexpectedEOF:
				t.Fatalf("%s cut at %d: %v with %q left", name, i, err, rest)
			case !reflect.DeepEqual(said(events), oracle(stream[:i])):
				t.Fatalf("%s cut at %d: %q", name, i, events)
			}
		}
	}
	broken := errors.New("reset")
	events, err := readAll(io.MultiReader(strings.NewReader("data: a\n\ndata"), iotest.ErrReader(broken)), 0)
	if err != broken || len(events) != 1 {
		t.Errorf("got %q, %v", events, err)
	}
}

func TestReaderBoundsEvents(t *testing.T) {
	const limit = 20_000
	for _, end := range []string{"\n\n", "\r\n\r\n", "\r\r"} {
		for size := limit - 2; size <= limit+2; size++ {
			long := "data:" + strings.Repeat("x", size-len("data:")-len(end)) + end
			stream := "data: first" + end + long + "data: last" + end
			events, err := readAll(strings.NewReader(stream), limit)
			switch {
			case size <= limit && (err != io.EOF || joined(events) != stream):
				t.Errorf("%d bytes, end %q: %v after %d events", size, end, err, len(events))
			case size > limit && (err != ErrEventTooLarge || len(said(events)) != 1):
				t.Errorf("%d bytes, end %q: %v after %d events", size, end, err, len(events))
			}
		}
	}
	whole := "data: a\r\n\r" // at its limit, with a byte to wait for that never comes
	if events, err := readAll(strings.NewReader(whole), len(whole)); err != io.EOF || joined(events) != whole {
		t.Errorf("event at the limit: %q, %v", events, err)
	}
	endless := &endlessLine{}
	if _, err := readAll(endless, limit); err != ErrEventTooLarge || endless.given > 2*limit {
		t.Errorf("endless line: %v after reading %d bytes", err, endless.given)
	}
	if _, err := readAll(&endlessLine{}, 0); err != ErrEventTooLarge {
		t.Errorf("endless line, default limit: %v", err)
	}
	if _, err := readAll(idle{}, 0); err != io.ErrNoProgress {
		t.Errorf("source that gives nothing: %v", err)
	}
}

type endlessLine struct{ given int }

func (e *endlessLine) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.given += len(p)
	return len(p), nil
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestReaderReady(t *testing.T) {
	src := &pieces{[]byte("data: a\n\ndata: b\n\nda"), []byte("ta: c\n\n")}
	r := NewReader(src, nil)
	if r.Ready() {
		t.Error("ready before anything was read")
	}
	for i, want := range []bool{true, false, false} {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Ready(); got != want {
			t.Errorf("after event %d: Ready is %v", i, got)
		}
		if want := fmt.Sprintf("data: %c\n\n", 'a'+i); string(e.Raw) != want {
			t.Errorf("event %d is %q after Ready", i, e.Raw)
		}
	}
}

// Where lines end in CR alone, an event is not held back for a byte that may
// come much later.
func TestReaderDoesNotWaitBehindCR(t *testing.T) {
	src := &pieces{[]byte("data: a\r\r"), []byte("data: b\r\r")}
	r := NewReader(src, nil)
	if e, err := r.Next(); err != nil || string(e.Data) != "a" || len(*src) != 1 {
		t.Errorf("got %q, %v with %d pieces left", e.Data, err, len(*src))
	}
}

func TestReaderKeepsEarlierBytesStill(t *testing.T) {
	stream := strings.Repeat("event: delta\ndata: 0123456789\n\n", 1000)
	r := NewReader(iotest.HalfReader(strings.NewReader(stream)), nil)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if allocs := testing.AllocsPerRun(500, func() {
		if e, err := r.Next(); err != nil || e.Name != "delta" || !bytes.Equal(e.Data, []byte("0123456789")) {
			t.Fatalf("got %+v, %v", e, err)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations an event", allocs)
	}
}
