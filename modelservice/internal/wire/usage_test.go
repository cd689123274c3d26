package wire

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestUsage(t *testing.T) {
	const most = math.MaxInt64
	tests := []struct {
		name, usage string
		want        Usage
	}{
		{"null", `null`, Usage{}},
		{"empty", `{}`, Usage{}},
		{"text", `"12"`, Usage{}},
		{"counts of another kind", `{"prompt_tokens":"1","total_tokens":null}`, Usage{}},
		{"zero", `{"total_tokens":0}`, Usage{Present: true}},
		{"the provider's total goes", `{"prompt_tokens":1,"completion_tokens":2,"total_tokens":30}`, tokens(1, 2, 30)},
		{"total of zero goes", `{"total_tokens":0,"prompt_tokens":1,"completion_tokens":2}`, tokens(1, 2, 0)},
		{"sum", `{"completion_tokens":2,"prompt_tokens":1}`, tokens(1, 2, 3)},
		{"details are not counted twice", `{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":8},"cache_read_input_tokens":8}`, tokens(10, 2, 12)},
		{"other names", `{"input_tokens":1,"output_tokens":2}`, tokens(1, 2, 3)},
		{"cache counted apart", `{"input_tokens":1,"cache_read_input_tokens":5,"cache_creation_input_tokens":6,"output_tokens":2}`, tokens(12, 2, 14)},
		{"cache inside a total", `{"input_tokens":6,"cache_read_input_tokens":5,"output_tokens":2,"total_tokens":8}`, tokens(6, 2, 8)},
		{"negative", `{"prompt_tokens":-1,"completion_tokens":2}`, tokens(0, 2, 2)},
		{"negative total is no report", `{"total_tokens":-5}`, Usage{}},
		{"saturated", `{"prompt_tokens":9223372036854775807,"completion_tokens":1e30}`, tokens(most, most, most)},
		{"saturated cache", `{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,"cache_creation_input_tokens":1}`, tokens(most, 0, most)},
	}
	for _, test := range tests {
		s := scanner{data: []byte(test.usage)}
		if got := plain(s.usage()); got != test.want || !s.end() {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestMerge(t *testing.T) {
	read := func(text string) Usage {
		s := scanner{data: []byte(text)}
		return s.usage()
	}
	for _, test := range []struct {
		name           string
		earlier, later string
		want           Usage
	}{
		{"two absent", `null`, `{}`, Usage{}},
		{"only the earlier", `{"input_tokens":3}`, `null`, tokens(3, 0, 3)},
		{"only the later", `{}`, `{"input_tokens":3}`, tokens(3, 0, 3)},
		{"a message: the start gives the input, the end the output", `{"input_tokens":9,"output_tokens":1}`, `{"output_tokens":15}`, tokens(9, 15, 24)},
		{"the cache of the start stays", `{"input_tokens":9,"cache_creation_input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":1}`, `{"output_tokens":15}`, tokens(1109, 15, 1124)},
		{"the end corrects the start", `{"input_tokens":9,"cache_read_input_tokens":1000,"output_tokens":1}`, `{"input_tokens":5,"cache_read_input_tokens":10,"output_tokens":2}`, tokens(15, 2, 17)},
		{"a later zero is a count", `{"input_tokens":9,"output_tokens":1}`, `{"output_tokens":0}`, tokens(9, 0, 9)},
		{"null leaves a count standing", `{"input_tokens":9,"output_tokens":1}`, `{"input_tokens":null,"output_tokens":4}`, tokens(9, 4, 13)},
		{"a report with every chunk", `{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}`, `{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16}`, tokens(9, 7, 16)},
		{"a later total goes", `{"prompt_tokens":9,"completion_tokens":1}`, `{"total_tokens":3}`, tokens(9, 1, 3)},
		{"an earlier total is the least", `{"total_tokens":100}`, `{"completion_tokens":5}`, tokens(0, 5, 100)},
		{"an earlier total is no more than that", `{"prompt_tokens":9,"completion_tokens":1,"total_tokens":10}`, `{"completion_tokens":5}`, tokens(9, 5, 14)},
		{"saturated", `{"input_tokens":9223372036854775807}`, `{"output_tokens":9223372036854775807,"cache_read_input_tokens":1}`, tokens(math.MaxInt64, math.MaxInt64, math.MaxInt64)},
	} {
		got := read(test.earlier)
		got.Merge(read(test.later))
		if plain(got) != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, plain(got), test.want)
		}
	}
	start := read(`{"input_tokens":9,"output_tokens":1}`)
	start.Partial = true
	if start.Merge(Usage{}); !start.Partial || start.Input != 9 {
		t.Errorf("after a report of nothing: %+v", start)
	}
	if start.Merge(read(`{"output_tokens":2}`)); start.Partial || start.Input != 9 || start.Output != 2 {
		t.Errorf("after a whole report: %+v", start)
	}
}

// Reports merged one after the other say what one report with the last of every
// count says: a total aside, which a later report need not repeat.
func TestMergeKeepsTheLastOfEveryCount(t *testing.T) {
	names := []string{"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"}
	rapid.Check(t, func(t *rapid.T) {
		var merged Usage
		last := map[string]int64{}
		for range rapid.IntRange(1, 5).Draw(t, "reports") {
			report := map[string]int64{"input_tokens": rapid.Int64Range(0, 1<<62).Draw(t, "input_tokens")}
			for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "names") {
				report[name] = rapid.Int64Range(0, 1<<62).Draw(t, name)
			}
			for name, n := range report {
				last[name] = n
			}
			data, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			s := scanner{data: data}
			merged.Merge(s.usage())
		}
		data, err := json.Marshal(last)
		if err != nil {
			t.Fatal(err)
		}
		s := scanner{data: data}
		if want := s.usage(); plain(merged) != plain(want) {
			t.Fatalf("got %+v, want %+v of %s", plain(merged), plain(want), data)
		}
	})
}
