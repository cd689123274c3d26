package wire

import (
	"encoding/json"
	"slices"

	"pgregory.net/rapid"
)

var apis = []API{ChatCompletions, Embeddings, Responses, Messages}

// tokens is a report, as far as it can be seen.
func tokens(in, out, total int64) Usage {
	return Usage{Present: true, Input: in, Output: out, Total: total}
}

// plain is a report without its details and what is kept of it for merging.
func plain(u Usage) Usage {
	u.said, u.CacheRead, u.CacheWritten, u.Reasoning = counts{}, Count{}, Count{}, Count{}
	return u
}

// inspect is InspectEvent of an event that has only data.
func inspect(api API, data string) Chunk {
	return inspectNamed(api, "", data)
}

func inspectNamed(api API, name, data string) Chunk {
	c := InspectEvent(api, Event{Name: name, Data: []byte(data)})
	c.Usage = plain(c.Usage)
	return c
}

func inspectAnswer(api API, body string) Answer {
	a := InspectAnswer(api, []byte(body))
	a.Usage = plain(a.Usage)
	return a
}

// sizeOf is the text in a decoded value: strings below one of the keys, and the
// value itself when it is a string or a list of strings.
func sizeOf(v any, keys ...string) int64 {
	var size func(v any, counted bool) int64
	size = func(v any, counted bool) (n int64) {
		switch v := v.(type) {
		case string:
			if counted {
				n = int64(len(v))
			}
		case []any:
			for _, e := range v {
				n += size(e, counted)
			}
		case map[string]any:
			for key, e := range v {
				n += size(e, slices.Contains(keys, key))
			}
		}
		return n
	}
	return size(v, true)
}

// marshal writes a document with white space, or without.
func marshal(t *rapid.T, doc any) string {
	t.Helper()
	data, err := json.MarshalIndent(doc, "", rapid.SampledFrom([]string{"", " ", "\t"}).Draw(t, "indent"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
