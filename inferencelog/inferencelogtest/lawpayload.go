package inferencelogtest

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/modelward/modelward/inferencelog"
)

// OddPayloads returns bodies that are apt to be mangled or refused, by what is odd about them. All are valid UTF-8,
// as a logger makes them; the longest are as long as a row may keep.
func OddPayloads() map[string][]byte {
	odd := map[string]string{
		"empty":                "",
		"NUL":                  "\x00",
		"NUL inside":           "{\"a\":\"b\x00c\"}",
		"escaped NUL":          `{"a":"\u0000"}`,
		"lone surrogate":       `{"a":"\ud800"}`,
		"surrogates reversed":  `"\udc00\ud800"`,
		"replacement":          "\ufffd",
		"byte order mark":      "\ufeff{}",
		"line ends":            "a\nb\r\nc\rd\u2028e\u2029f\u0085g",
		"number out of range":  `{"n":1e999,"m":-1e-999,"k":123456789012345678901234567890}`,
		"numbers as written":   `{"a":1.0,"b":1e0,"c":0.10,"d":-0,"e":9007199254740993}`,
		"keys twice":           `{"a":1,"a":2,"A":3}`,
		"deep":                 strings.Repeat(`{"a":[`, 5000) + strings.Repeat(`]}`, 5000),
		"deep and broken":      strings.Repeat("[", 10_000),
		"no JSON":              "<html>'; DROP TABLE t_1; --",
		"literal null":         "null",
		"looks like a number":  "0012",
		"looks like a blob":    `X'41'`,
		"blanks around":        " \t\n x \n\t ",
		"event stream":         "data: {\"a\":1}\n\ndata: [DONE]\n\n",
		"control characters":   "\x01\x02\x1a\x1b[31m\x7f",
		"as long as may be":    strings.Repeat("x", inferencelog.MaxPayload),
		"long and all escapes": strings.Repeat("\"\\\n\x00", inferencelog.MaxPayload/4),
	}
	for plane := rune(0); plane <= 16; plane++ {
		odd[fmt.Sprint("plane ", plane)] = string([]rune{plane<<16 | 0x0041, plane<<16 | 0x3042, plane<<16 | 0xFFFD, plane<<16 | 0xFFFF})
	}
	bodies := make(map[string][]byte, len(odd))
	for what, text := range odd {
		bodies[what] = []byte(text)
	}
	return bodies
}

func checkOddPayloads(b *bench) {
	b.create(1, "a.b.c")
	odd := OddPayloads()
	for what, body := range odd {
		r := Plain(what, 0)
		r.Request, r.Response = body, body
		b.write(1, r)
	}
	seen := 0
	for _, r := range b.rows(1, inferencelog.Query{}) {
		seen++
		want := odd[r.ID]
		if r.Request == nil || !bytes.Equal(r.Request, want) || r.Response == nil || !bytes.Equal(r.Response, want) {
			b.Errorf("%s: came back as %.60q and %.60q", r.ID, r.Request, r.Response)
		}
		if size := int64(len(want)); r.RequestSize != size || r.ResponseSize != size {
			b.Errorf("%s: sizes %d and %d, want %d", r.ID, r.RequestSize, r.ResponseSize, size)
		}
	}
	if seen != len(odd) {
		b.Errorf("%d rows, want %d", seen, len(odd))
	}
}

func checkNullOrEmpty(b *bench) {
	b.create(1, "a.b.c")
	b.createAs(2, "a.b.usage", inferencelog.Usage)
	empty := Plain("empty", 2)
	empty.Request, empty.Response = []byte{}, []byte{}
	empty.RequestTags, empty.RequestHeaders = map[string]string{}, map[string]string{}
	empty.LoggingErrorCodes = []string{}
	empty.Attempts = []inferencelog.Attempt{}
	blank := Plain("blank", 1)
	blank.RequestTags = map[string]string{"": ""}
	blank.LoggingErrorCodes = []string{""}
	blank.InputTokens = inferencelog.Known(0)
	null := Plain("null", 0)
	null.Request, null.Response = nil, nil
	rows := []*inferencelog.Record{null, blank, empty}
	for id, l := range map[uint64]inferencelog.Layout{1: inferencelog.Payload, 2: inferencelog.Usage} {
		b.write(id, rows...)
		for i, got := range b.rows(id, inferencelog.Query{Oldest: true}) {
			for _, c := range l.Columns() {
				if g, w := got.Value(c.Name), rows[i].Value(c.Name); !reflect.DeepEqual(g, w) {
					b.Errorf("row %s, layout %s, column %s: %#v, want %#v", got.ID, l, c.Name, g, w)
				}
			}
		}
	}
}
