package wire

import (
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const responsesStream = `event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","error":null,"output":[],"usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_1","delta":"Grüße, "}

event: response.output_text.delta
data: {"type":"response.output_text.delta","item_id":"msg_1","delta":"世界 \ud83d\ude00"}

event: response.output_text.done
data: {"type":"response.output_text.done","item_id":"msg_1","text":"Grüße, 世界 😀"}

event: response.output_item.done
data: {"type":"response.output_item.done","item":{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"Grüße, 世界 😀"}]}}

event: response.completed
data: {"type":"response.completed","response":{"id":"resp_1","status":"completed","error":null,"output":[{"type":"message","content":[{"type":"output_text","text":"Grüße, 世界 😀"}]}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":4,"total_tokens":13}}}

`

const messagesStream = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude","stop_reason":null,"usage":{"input_tokens":5,"cache_read_input_tokens":4,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße, "}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"世界 \ud83d\ude00"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}}

event: message_stop
data: {"type":"message_stop"}

`

const chatStream = `data: {"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}

data: {"id":"c1","choices":[{"index":0,"delta":{"content":"Grüße, "},"finish_reason":null}]}

data: {"id":"c1","choices":[{"index":0,"delta":{"content":"世界 \ud83d\ude00"},"finish_reason":null}]}

data: {"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"c1","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}

data: [DONE]

`

// told is what a stream has said when it is over.
type told struct {
	first            int // the event with the first content, from 1
	contents         int
	text             int64
	finished, closed bool
	usage            Usage
}

func tell(api API, src io.Reader) (told, error) {
	var all told
	r := NewReader(src, nil)
	for n := 1; ; n++ {
		e, err := r.Next()
		if err != nil {
			all.usage = plain(all.usage)
			return all, err
		}
		c := InspectEvent(api, e)
		if c.Content {
			all.contents++
			if all.first == 0 {
				all.first = n
			}
		}
		all.text += c.TextBytes
		all.finished = all.finished || c.Finish
		all.closed = all.closed || c.Done
		all.usage.Merge(c.Usage)
	}
}

// spoken are streams that say the same in every API that can stream.
var spoken = []struct {
	name   string
	api    API
	stream string
	want   told
}{
	{"chat completions", ChatCompletions, chatStream, told{first: 2, contents: 2, text: 20, finished: true, closed: true, usage: tokens(9, 4, 13)}},
	// The item that is done and the response that is completed have content too.
	{"responses", Responses, responsesStream, told{first: 3, contents: 4, text: 20, finished: true, closed: true, usage: tokens(9, 4, 13)}},
	{"messages", Messages, messagesStream, told{first: 4, contents: 2, text: 20, finished: true, closed: true, usage: tokens(9, 4, 13)}},
}

// I7: what a stream means does not depend on how its bytes arrive.
func TestMeaningIgnoresChunking(t *testing.T) {
	for _, s := range spoken {
		check := func(src io.Reader) {
			t.Helper()
			if got, err := tell(s.api, src); got != s.want || err != io.EOF {
				t.Fatalf("%s:\n got %+v, %v\nwant %+v", s.name, got, err, s.want)
			}
		}
		for i := range len(s.stream) + 1 {
			check(&pieces{[]byte(s.stream[:i]), []byte(s.stream[i:])})
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(spoken).Draw(t, "API")
		stream := strings.ReplaceAll(s.stream, "\n", rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "line end"))
		var parts pieces
		for rest := stream; rest != ""; {
			n := rapid.IntRange(1, min(len(rest), 300)).Draw(t, "piece")
			parts = append(parts, []byte(rest[:n]))
			rest = rest[n:]
		}
		if got, err := tell(s.api, &parts); got != s.want || err != io.EOF {
			t.Fatalf("%s:\n got %+v, %v\nwant %+v", s.name, got, err, s.want)
		}
	})
}

// What stands in for a last event that was left out is one, and says nothing
// else.
func TestClosing(t *testing.T) {
	for _, s := range spoken {
		closing := string(s.api.Closing())
		if s.api == Responses {
			if closing != "" {
				t.Errorf("%s: there is %q", s.name, closing)
			}
			continue
		}
		if !strings.HasSuffix(s.stream, closing) {
			t.Errorf("%s: a stream does not end in %q", s.name, closing)
		}
		if got, err := tell(s.api, strings.NewReader(closing)); got != (told{closed: true}) || err != io.EOF {
			t.Errorf("%s: %q says %+v, %v", s.name, closing, got, err)
		}
	}
	if closing := Embeddings.Closing(); closing != nil {
		t.Errorf("embeddings never stream, and end in %q", closing)
	}
}
