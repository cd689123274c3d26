package query

import (
	"maps"
	"net/http"
	"testing"
)

// What the tags may be is in the tests of package modelservice.
func TestTagsHeader(t *testing.T) {
	for _, c := range []struct {
		says   string
		values []string
		want   map[string]string
		fails  bool
	}{
		{"no header", nil, nil, false},
		{"one", []string{`{"a":"b"}`}, map[string]string{"a": "b"}, false},
		{"an empty one", []string{""}, nil, true},
		{"a bad one", []string{`{"a":1}`}, nil, true},
		{"two", []string{`{}`, `{}`}, nil, true},
	} {
		got, err := requestTags(http.Header{TagsHeader: c.values})
		if !maps.Equal(got, c.want) || (got == nil) != (c.want == nil) || (err != nil) != c.fails {
			t.Errorf("%s: got %v, %v", c.says, got, err)
		}
	}
}
