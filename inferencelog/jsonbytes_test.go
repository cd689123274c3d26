package inferencelog_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// rereads checks that a payload and a text of these bytes come back from a strict parser: as they are, but for each byte
// that is not valid UTF-8, which is one U+FFFD.
func rereads(t interface {
	Helper()
	Fatalf(string, ...any)
}, payload []byte) {
	t.Helper()
	line := (&inferencelog.Record{ID: "x" + string(payload), Request: payload}).AppendJSON([]byte("before "), inferencelog.Payload)
	line, ok := bytes.CutPrefix(line, []byte("before "))
	var got struct {
		ID      string `json:"invocation_id"`
		Request string `json:"request"`
	}
	if err := json.Unmarshal(line, &got); err != nil || !ok {
		t.Fatalf("%v in %q", err, line)
	}
	want := string([]rune(string(payload)))
	if got.Request != want || got.ID != "x"+want {
		t.Fatalf("%q, %q, want %q", got.Request, got.ID, want)
	}
	if bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
		t.Fatalf("control character in %q", line)
	}
}

// Every byte is right in every place of a chunk and of the rest behind it, among letters and among quotes.
func TestJSONBytesEverywhere(t *testing.T) {
	all := make([]byte, 256)
	for c := range all {
		all[c] = byte(c)
	}
	for among, put := range map[byte][]byte{'a': all, '"': []byte("a\\\n\x00\x1f\x7f\xff")} {
		payload := bytes.Repeat([]byte{among}, 76)
		for at := range payload {
			for _, c := range put {
				payload[at] = c
				rereads(t, payload)
			}
			payload[at] = among
		}
	}
}

// A character may lie across any border.
func TestJSONBytesAcross(t *testing.T) {
	for _, text := range []string{"é", "日本語", "🙂", "🙂\""} {
		for before := range 4 {
			for n := range 60 {
				rereads(t, []byte(strings.Repeat("a", before)+strings.Repeat(text, n)))
			}
		}
	}
}

// Any mixture of what is special, what is beyond ASCII, and what is neither, comes back.
func TestJSONBytesMixed(t *testing.T) {
	pieces := []string{`"`, `\`, `""""`, `\"`, "\n", "\r\n\t", "\x00", "\x1f", "\x7f", "é", "日本語", "🙂", "\u2028", "\xff", "\xe6\x97", "\xed\xa0\x80",
		"a", "plain text", "plain text that is longer than a word or two", " ", "{\"a\":\"b\",\"c\":"}
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 5).Draw(t, "pieces")
		parts := rapid.SliceOfN(rapid.SampledFrom(weights), 0, 120).Draw(t, "payload")
		payload := []byte{}
		for _, part := range parts {
			payload = append(payload, part...)
		}
		rereads(t, payload)
	})
}

// Times are as package time formats them, whatever they are.
func TestAppendTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.OneOf(rapid.Int64Range(-1e11, 3e11), rapid.Int64Range(0, 2e9)).Draw(t, "seconds")
		when := time.Unix(seconds, rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).In(time.FixedZone("", 5400))
		if got, want := inferencelog.AppendTime(nil, when), when.UTC().AppendFormat(nil, inferencelog.TimeLayout); !slices.Equal(got, want) {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}
