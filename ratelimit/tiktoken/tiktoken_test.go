package tiktoken_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/tiktoken"
)

// What OpenAI's own library counts, by its documentation and its cookbook.
func TestKnownCounts(t *testing.T) {
	c := tiktoken.New(nil)
	for _, test := range []struct {
		text          string
		cl100k, o200k int64
	}{
		{"", 0, 0},
		{"hello world", 2, 2},
		{"hello  world", 3, 3},
		{"tiktoken is great!", 6, 6},
		{"antidisestablishmentarianism", 6, 6},
		{"2 + 2 = 4", 7, 7},
		{"お誕生日おめでとう", 9, 8},
		{"supercalifragilistic", 7, 6},
		{"'RE", 1, 2},
		{"We know what we are, but know not what we may be.", 14, 14},
	} {
		for model, want := range map[string]int64{"gpt-4": test.cl100k, "gpt-4o": test.o200k} {
			if n, known := c.CountTokens(model, []byte(test.text)); n != want || !known {
				t.Errorf("%s: %q is %d tokens, %v; want %d", model, test.text, n, known, want)
			}
		}
	}
}

// What OpenAI's own library says of texts that try every rule; testdata/counts.js
// tells how they were made.
func TestPublishedImplementation(t *testing.T) {
	file, err := os.ReadFile("testdata/counts.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	c, texts := tiktoken.New(nil), 0
	for line := range bytes.Lines(file) {
		var text string
		var cl100k, o200k int64
		if err := json.Unmarshal(line, &[]any{&text, &cl100k, &o200k}); err != nil {
			t.Fatal(err)
		}
		texts++
		for model, want := range map[string]int64{"gpt-4": cl100k, "gpt-4o": o200k} {
			if n, _ := c.CountTokens(model, []byte(text)); n != want {
				t.Errorf("%s: %q is %d tokens, want %d", model, text, n, want)
			}
		}
	}
	if texts < 1000 {
		t.Errorf("%d texts", texts)
	}
}

func TestModels(t *testing.T) {
	// 'RE is one token in cl100k_base and two in o200k_base.
	c, text := tiktoken.New(nil), []byte("hello world'RE")
	for _, test := range []struct {
		want   int64 // 0 for unknown
		models string
	}{
		{4, "gpt-4o gpt-4o-mini-2024-07-18 GPT-4o chatgpt-4o-latest gpt-4.1 gpt-4.1-nano gpt-4.5-preview gpt-5 gpt-5.1 gpt-5-mini"},
		{4, "o1 o1-preview o3 o3-mini o4-mini gpt-oss-20b codex-mini-latest ft:gpt-4o-mini:org::id"},
		{4, "system.ai.databricks-gpt-oss-120b databricks-gpt-5-4 databricks-gpt-4-1 system.ai.gpt-5-mini"},
		{4, "openai/gpt-4o openai.gpt-oss-120b-1:0 accounts/x/models/gpt-oss-120b openrouter/openai/o3"},
		{3, "gpt-4 gpt-4-turbo gpt-4-0613 gpt-4-1106-preview gpt-4-32k gpt-3.5-turbo gpt-3.5 gpt-35-turbo-16k ft:gpt-4:org"},
		{3, "text-embedding-3-small text-embedding-3-large text-embedding-ada-002 ft:babbage-002 davinci-002 azure/gpt-4"},
		{0, "claude-sonnet-4-5 gemini-2.5-pro system.ai.databricks-claude-opus-4 llama-4-maverick system.ai. databricks- / openai/"},
		{0, "gpt-6 gpt gpt- o10 o1x o2 o3mini gpt-45 gpt-5o text-embedding-004 my-gpt-4 main.default.gpt-4o"},
	} {
		for model := range strings.FieldsSeq(test.models) {
			n, known := c.CountTokens(model, text)
			if n != test.want || known != (test.want > 0) || c.Load(model) != known {
				t.Errorf("%s: %d tokens, %v; want %d", model, n, known, test.want)
			}
		}
	}
	if n, known := c.CountTokens("", text); n != 0 || known {
		t.Errorf("no model: %d tokens, %v", n, known)
	}
}

func TestMaxBytes(t *testing.T) {
	for _, test := range []struct {
		opts *tiktoken.Options
		most int
	}{
		{nil, 1 << 20},
		{&tiktoken.Options{MaxBytes: -1}, 1 << 20},
		{&tiktoken.Options{MaxBytes: 10}, 10},
	} {
		c := tiktoken.New(test.opts)
		for more := range 2 {
			n, known := c.CountTokens("gpt-4o", bytes.Repeat([]byte("7"), test.most+more))
			if known != (more == 0) || (n > 0) != known {
				t.Errorf("%+v: %d and %d bytes are %d tokens, %v", test.opts, test.most, more, n, known)
			}
		}
	}
}

// Goroutines that all come first get what one alone gets.
func TestParallel(t *testing.T) {
	texts := hostile()
	alone, c := tiktoken.New(nil), tiktoken.New(nil)
	var all sync.WaitGroup
	for _, model := range []string{"gpt-4", "gpt-4o"} {
		for name, text := range texts {
			all.Go(func() {
				text := text[:10_000]
				got, _ := c.CountTokens(model, text)
				if want, _ := alone.CountTokens(model, text); got != want || want == 0 {
					t.Errorf("%s: %s is %d tokens, alone %d", model, name, got, want)
				}
			})
		}
	}
	all.Wait()
}

// Nothing is left for the collector to do, whatever the text.
func TestAllocations(t *testing.T) {
	c := tiktoken.New(nil)
	c.Load("gpt-4o")
	text := []byte(strings.Repeat(prose, 10))
	perRun := testing.AllocsPerRun(50, func() { c.CountTokens("system.ai.databricks-gpt-oss-120b", text) })
	if perRun >= 1 {
		t.Errorf("%v allocations a call", perRun)
	}
}

func TestDamagedVocabulary(t *testing.T) {
	var whole strings.Builder
	for i := range 256 {
		fmt.Fprintf(&whole, "%s %d\n", base64.StdEncoding.EncodeToString([]byte{byte(i)}), i)
	}
	good := whole.String()
	if err := tiktoken.ParseVocabulary([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for what, file := range map[string]string{
		"empty":        "",
		"cut":          good[:len(good)/2],
		"a gap":        strings.Replace(good, " 17\n", " 18\n", 1),
		"not base 64":  strings.Replace(good, "AA==", "????", 1),
		"twice":        good + "AAA= 256\nAAA= 257\n",
		"empty token":  good + " 256\n",
		"no rank":      good + "AAA=\n",
		"a byte short": strings.Join(strings.SplitAfter(good, "\n")[:255], ""),
	} {
		if err := tiktoken.ParseVocabulary([]byte(file)); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func Example() {
	var counter ratelimit.TokenCounter = tiktoken.New(nil)
	for _, model := range []string{"system.ai.databricks-gpt-oss-120b", "gpt-4", "claude-sonnet-4-5"} {
		n, known := counter.CountTokens(model, []byte("お誕生日おめでとう"))
		fmt.Println(model, n, known)
	}
	// Output:
	// system.ai.databricks-gpt-oss-120b 8 true
	// gpt-4 9 true
	// claude-sonnet-4-5 0 false
}
