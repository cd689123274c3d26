package wire

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An Inspector says of every event what InspectEvent says of it alone, whatever
// came before: events that begin alike, in part, or not at all.
func TestInspectorRemembersNothingWrong(t *testing.T) {
	members := []string{
		`"id":"a"`, `"id":"b"`, `"object":"chat.completion.chunk"`, `"object":"error"`, `"error":{"message":"no"}`,
		`"error":null`, `"error_code":"X"`, `"usage":null`, `"usage":{"prompt_tokens":1,"total_tokens":2}`,
		`"choices":[]`, `"choices":null`, `"choices" : [{"delta":{"content":"hi"}}]`, `"\u0063hoices":[{"delta":{},"finish_reason":"stop"}]`,
		`"choices":[{"delta":{"content":"hi"},"finish_reason":null}]`, `"long":"` + strings.Repeat("x", maxOpening) + `"`, `"n":1e`, `"n":[{`,
	}
	event := rapid.Custom(func(t *rapid.T) string {
		text := "{" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(members), 0, 5).Draw(t, "members"), rapid.SampledFrom([]string{",", " , "}).Draw(t, "between"))
		if !rapid.Bool().Draw(t, "cut") {
			return text + rapid.SampledFrom([]string{"}", "} ", ",}", "}}"}).Draw(t, "end")
		}
		return text[:rapid.IntRange(0, len(text)).Draw(t, "length")]
	})
	rapid.Check(t, func(t *rapid.T) {
		var inspector Inspector
		few := rapid.SliceOfN(event, 1, 4).Draw(t, "events")
		for _, data := range rapid.SliceOfN(rapid.SampledFrom(few), 1, 12).Draw(t, "stream") {
			e := Event{Data: []byte(data)}
			got, want := inspector.Inspect(ChatCompletions, e), InspectEvent(ChatCompletions, e)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\ngot  %+v\nwant %+v", data, got, want)
			}
			for i := range e.Data {
				e.Data[i] = 'x' // the room of an event is used again
			}
		}
	})
}

// It is for streams whose events begin alike that it remembers anything.
func TestInspectorSkips(t *testing.T) {
	const begin = `{"id":"a","model":"m","choices":`
	var inspector Inspector
	inspector.Inspect(ChatCompletions, Event{Data: []byte(begin + `[]}`)})
	s, f := scanner{data: []byte(begin + `[{"delta":{"content":"hi"}}]}`)}, faults{}
	if s.open(); !inspector.before.skip(&s, &f) || s.pos != len(begin) {
		t.Errorf("stands at byte %d, not %d", s.pos, len(begin))
	}
}
