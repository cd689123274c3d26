package bench

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// bodies says what the payloads of rows are: about 2 KB each way.
type bodies string

const (
	jsonBodies bodies = "JSON bodies" // of chats, as a gateway sees them: quotes and escapes in them, and some words that are not ASCII
	textBodies bodies = "plain text"  // nothing in it needs an escape
)

const bodyLength = 2000

// batchRows is how many rows are written at once: what a logger does by default.
const batchRows = 256

// logTable is where they go.
var logTable = inferencelog.Table{ID: 1, Name: "main.logging.chat_payload", CreatedAt: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}

// logRecords returns rows as a logger hands them to its sink. The same call
// returns the same rows.
func logRecords(tb testing.TB, n int, with bodies) []*inferencelog.Record {
	tb.Helper()
	w := newScribe(5000)
	records := make([]*inferencelog.Record, n)
	for i := range records {
		request, response := w.text(bodyLength), w.text(bodyLength)
		if with == jsonBodies {
			request, response = w.chat(tb, i)
		}
		r := &inferencelog.Record{
			RequestID: w.uuid(), ID: w.rowID(), RequestTags: map[string]string{"team": "search"},
			EventTime:  time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(i) * 1237 * time.Microsecond),
			StatusCode: 200, LatencyMs: w.random.Int64N(5000), TimeToFirstByteMs: inferencelog.Known(w.random.Int64N(500)),
			Request: request, Response: response, RequestSHA256: hashOf(request), ResponseSHA256: hashOf(response),
			DestinationType: "PAY_PER_TOKEN", DestinationName: "primary", DestinationModel: "system.ai.first",
			Requester: fmt.Sprintf("user-%d@example.com", w.random.IntN(50)), RequesterID: strconv.Itoa(1000 + w.random.IntN(50)),
			URL: chatPath, APIType: "chat", Outcome: inferencelog.OutcomeOK,
			Attempts:    []inferencelog.Attempt{{Destination: "primary", Action: "INITIAL_ATTEMPT", Status: 200, LatencyMs: w.random.Int64N(5000)}},
			InputTokens: inferencelog.Known(w.random.Int64N(1000)), OutputTokens: inferencelog.Known(w.random.Int64N(1000)),
			TotalTokens: inferencelog.Known(w.random.Int64N(2000)), UsageSource: inferencelog.UsageProvider, Draw: w.random.Uint64(), Drawn: true,
		}
		if i%20 == 0 { // the first destination was busy, and nobody counted the tokens
			r.Attempts = append([]inferencelog.Attempt{{Destination: "primary", Action: "INITIAL_ATTEMPT", Status: 429, ErrorCode: "rate_limit_exceeded", LatencyMs: 12, Class: "refused"}},
				inferencelog.Attempt{Destination: "second", Action: "FALLBACK", Status: 200, LatencyMs: 900})
			r.DestinationName, r.DestinationModel, r.UsageSource, r.RequestTags = "second", "system.ai.second", inferencelog.UsageEstimate, nil
			r.TimeToFirstByteMs = inferencelog.NullInt{}
		}
		records[i] = r
	}
	return records
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// scribe writes what people and models write to each other.
type scribe struct {
	random *rand.Rand
	words  []string
}

func newScribe(words int) *scribe {
	w := &scribe{random: rand.New(rand.NewPCG(1, 2)), words: make([]string, words)}
	for i := range w.words {
		word := make([]byte, 3+w.random.IntN(8))
		for k := range word {
			word[k] = 'a' + byte(w.random.IntN(26))
		}
		w.words[i] = string(word)
	}
	return w
}

// text returns so many bytes of words.
func (w *scribe) text(n int) []byte {
	var b bytes.Buffer
	for b.Len() < n {
		b.WriteString(pick(w.random, w.words))
		b.WriteByte(' ')
	}
	return b.Bytes()[:n]
}

// prose returns about so many bytes as models write them: paragraphs, quotes, a
// list, code now and then, and here and there a word with an accent.
func (w *scribe) prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		switch w.random.IntN(40) {
		case 0:
			b.WriteString("\n\n")
		case 1:
			b.WriteString("\n- **" + pick(w.random, w.words) + "**: ")
		case 2:
			b.WriteString(`"` + pick(w.random, w.words) + `" `)
		case 3:
			b.WriteString("naïve — ")
		case 4:
			if w.random.IntN(4) == 0 {
				b.WriteString("\n```go\nfmt.Println(\"" + pick(w.random, w.words) + "\\n\")\n```\n")
			}
		default:
			b.WriteString(pick(w.random, w.words) + " ")
		}
	}
	return b.String()
}

// chat returns a request and its answer.
func (w *scribe) chat(tb testing.TB, i int) (request, response []byte) {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	const frame = 350 // what is around the words
	request = encoded(tb, struct {
		Model       string    `json:"model"`
		Messages    []message `json:"messages"`
		Temperature float64   `json:"temperature"`
		MaxTokens   int       `json:"max_tokens"`
		Stream      bool      `json:"stream"`
	}{serviceName, []message{
		{"system", "You are a helpful assistant. Answer \"briefly\"."}, {"user", w.prose(400)},
		{"assistant", w.prose(800)}, {"user", w.prose(bodyLength - 1200 - frame)},
	}, 0.7, 1024, false})
	type choice struct {
		Index        int     `json:"index"`
		Message      message `json:"message"`
		FinishReason string  `json:"finish_reason"`
	}
	response = encoded(tb, struct {
		ID      string         `json:"id"`
		Object  string         `json:"object"`
		Created int            `json:"created"`
		Model   string         `json:"model"`
		Choices []choice       `json:"choices"`
		Usage   map[string]int `json:"usage"`
	}{"chatcmpl-" + w.rowID(), "chat.completion", 1_800_000_000 + i, "upstream-model",
		[]choice{{0, message{"assistant", w.prose(bodyLength - frame)}, "stop"}},
		map[string]int{"prompt_tokens": 19, "completion_tokens": 140, "total_tokens": 159}})
	return request, response
}

func encoded(tb testing.TB, v any) []byte {
	tb.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		tb.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

func (w *scribe) uuid() string {
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", w.random.Uint32(), w.random.Uint32N(1<<16), w.random.Uint32N(1<<12), 1<<15|w.random.Uint32N(1<<14), w.random.Uint64N(1<<48))
}

// rowID returns a row's id as a logger makes them.
func (w *scribe) rowID() string {
	var id [26]byte
	for i := range id {
		id[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[w.random.IntN(32)]
	}
	return string(id[:])
}
