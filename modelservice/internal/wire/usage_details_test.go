package wire

import (
	"math"
	"testing"
)

// details are the parts of a report that are told beside its counts.
type details struct{ read, written, reasoning Count }

func detailsOf(u Usage) details { return details{u.CacheRead, u.CacheWritten, u.Reasoning} }

func known(n int64) Count { return Count{n, true} }

func TestUsageDetails(t *testing.T) {
	for _, test := range []struct {
		name, usage string
		want        details
	}{
		{"none", `{"prompt_tokens":9,"completion_tokens":4}`, details{}},
		{"null", `{"prompt_tokens":9,"prompt_tokens_details":null,"completion_tokens_details":null}`, details{}},
		{"of another kind", `{"prompt_tokens":9,"prompt_tokens_details":[{"cached_tokens":1}],"completion_tokens_details":7}`, details{}},
		{"chat completions", `{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"audio_tokens":1,"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3,"rejected_prediction_tokens":2}}`,
			details{read: known(8), reasoning: known(3)}},
		{"responses", `{"input_tokens":9,"input_tokens_details":{"cached_tokens":8},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":13}`,
			details{read: known(8), reasoning: known(3)}},
		{"messages", `{"input_tokens":9,"cache_creation_input_tokens":6,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":6},"output_tokens":4}`,
			details{read: known(5), written: known(6)}},
		{"a reported zero", `{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}`,
			details{read: known(0), reasoning: known(0)}},
		{"both names: the one of the cache", `{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":7},"cache_read_input_tokens":8}`, details{read: known(8)}},
		{"deeper is another thing", `{"prompt_tokens":9,"prompt_tokens_details":{"a":{"cached_tokens":7}}}`, details{}},
		{"in the other object", `{"prompt_tokens":9,"prompt_tokens_details":{"reasoning_tokens":7},"completion_tokens_details":{"cached_tokens":7}}`, details{}},
		{"no count", `{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":-7},"completion_tokens_details":{"reasoning_tokens":"7"}}`, details{}},
		{"the greatest", `{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":1e400}}`, details{read: known(math.MaxInt64)}},
		{"without a report", `{"prompt_tokens_details":{"cached_tokens":7}}`, details{}},
	} {
		s := scanner{data: []byte(test.usage)}
		if got := detailsOf(s.usage()); got != test.want || !s.end() {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// In a stream the details come where the counts do, in one report or in two.
func TestUsageDetailsOfStreams(t *testing.T) {
	for _, test := range []struct {
		name   string
		api    API
		events []string
		want   details
	}{
		{"chat completions", ChatCompletions, []string{
			`{"choices":[{"delta":{"content":"a"}}]}`,
			`{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}}`,
		}, details{read: known(8), reasoning: known(3)}},
		{"responses", Responses, []string{
			`{"type":"response.created","response":{"usage":null,"output":[]}}`,
			`{"type":"response.completed","response":{"output":[{"type":"message"}],"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":8},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":13}}}`,
		}, details{read: known(8), reasoning: known(3)}},
		{"messages: the start has the cache, the end the output", Messages, []string{
			`{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_creation_input_tokens":6,"cache_read_input_tokens":5,"output_tokens":1}}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}`,
		}, details{read: known(5), written: known(6)}},
		{"messages: the end corrects the start", Messages, []string{
			`{"type":"message_start","message":{"usage":{"input_tokens":9,"cache_read_input_tokens":5,"output_tokens":1}}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":9,"cache_read_input_tokens":7,"output_tokens":15}}`,
		}, details{read: known(7)}},
	} {
		var u Usage
		for _, data := range test.events {
			u.Merge(InspectEvent(test.api, Event{Data: []byte(data)}).Usage)
		}
		if got := detailsOf(u); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}
