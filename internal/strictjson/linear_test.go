package strictjson

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// shapes are a start and what is repeated after it.
var shapes = [][2]string{
	{"", " "}, {"", "["}, {"", "{"}, {"", `{"":`}, {"", `"`}, {"", "1"}, {"", "-"}, {"0.", "1"}, {"1e", "0"}, {"1e-", "9"}, {"[", "1,"}, {"[", `"",`}, {"[", "[],"}, {"[", `{"":0},`},
	{`"`, "a"}, {`"`, "é"}, {`"`, `\n`}, {`"`, `\u00e9`}, {`"`, `\ud83d\ude00`}, {`"`, "\u212A"}, {`"`, `\\`},
	{`{"`, "a"}, {`{"`, "~"}, {`{"`, "\u212A"}, {`{"`, `\u0041`}, {`{"any":"`, "a"}, {`{"any":["`, `","`}, {`{"Limits":[`, "{},"}, {`{"by":{"`, "a"},
	{"nul", "l"}, {"[", ","}, {"", "\xff"}, {"", "\xEF\xBB\xBF"}, {"", "\x00"},
}

// manyNames is an object of as many members as fit.
func manyNames(start string, size int) string {
	var b strings.Builder
	b.WriteString(start)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `"%x":0,`, i)
	}
	return b.String()
}

// Time and memory are linear in the length of the document (invariant I45), and
// what is said of it does not grow with it. Of time only that is held which a
// slow machine keeps too: were it quadratic, a document of this length would take
// a minute.
func TestLinear(t *testing.T) {
	const small, large = 16 << 10, 256 << 10
	documents := func(shape [2]string, size int) string {
		return shape[0] + strings.Repeat(shape[1], size/len(shape[1]))
	}
	hold := func(says, doc, docLarge string) {
		little, _, _ := cost(doc)
		much, took, err := cost(docLarge)
		switch {
		case took > 3*time.Second:
			t.Errorf("%s: %d bytes take %v", says, len(docLarge), took)
		case much > 24*little+64<<10 || much > 32*large:
			t.Errorf("%s: %d bytes allocated for %d bytes, %d for %d", says, little, len(doc), much, len(docLarge))
		case err == nil:
			t.Errorf("%s is taken", says)
		case len(err.Error()) > 2<<10:
			t.Errorf("%s: %d bytes say what is wrong", says, len(err.Error()))
		}
	}
	for _, shape := range shapes {
		hold(fmt.Sprintf("%q %q…", shape[0], shape[1]), documents(shape, small), documents(shape, large))
		again := func(size int) string { // the whole name once more, to be compared with
			name := strings.Repeat(shape[1], size/2/len(shape[1]))
			return `{"` + name + `":0,"` + name + `":0}`
		}
		if shape[0] == `{"` {
			hold(fmt.Sprintf("twice %q…", shape[1]), again(small), again(large))
		}
	}
	hold("names", manyNames("{", small), manyNames("{", large))
	hold("names of a map", manyNames(`{"by":{`, small), manyNames(`{"by":{`, large))
}

// cost is what it takes to read a document, on its own and as a configuration.
func cost(doc string) (allocated uint64, took time.Duration, err error) {
	data := []byte(doc)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	err = errors.Join(Check(data), Unmarshal(data, new(config)))
	took = time.Since(start)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, took, err
}

// However deep a document is, the reader goes no deeper than 64 levels, in any
// mixture of objects and arrays; and 64 it takes.
func TestDepth(t *testing.T) {
	for _, pattern := range []string{"[", "{", "[{", "{[", "[[{"} {
		for _, n := range []int{1, 63, 64, 65, 66, 1000, 1_000_000} {
			var open, shut strings.Builder
			for i := range n {
				if pattern[i%len(pattern)] == '[' {
					open.WriteByte('[')
				} else {
					open.WriteString(`{"a":`)
				}
				if pattern[(n-1-i)%len(pattern)] == '[' {
					shut.WriteByte(']')
				} else {
					shut.WriteByte('}')
				}
			}
			err := Check([]byte(open.String() + "0" + shut.String()))
			var refusal *Error
			switch {
			case n <= 64 && err != nil:
				t.Errorf("%d of %s: %v", n, pattern, err)
			case n > 64 && (!errors.As(err, &refusal) || strings.Count(refusal.Pointer, "/") != 64 || refusal.Reason != "is nested deeper than 64 levels"):
				t.Errorf("%d of %s: %v", n, pattern, err)
			}
		}
	}
}

// A name that is shown is cut where a character begins.
func TestLongNamesAreCut(t *testing.T) {
	for _, name := range []string{strings.Repeat("a", 257), strings.Repeat("é", 200), "a" + strings.Repeat("é", 200), strings.Repeat("\U0001F600", 100)} {
		var refusal *Error
		if err := Check([]byte(`{"` + name + `":1e999}`)); !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		shown := strings.TrimSuffix(refusal.Pointer, "…")
		if shown == refusal.Pointer || !strings.HasPrefix("/"+name, shown) || len(shown) < 254 || len(shown) > 257 {
			t.Errorf("%.10s… is shown as %q", name, refusal.Pointer)
		}
	}
	whole := strings.Repeat("a", 256)
	if err := Check([]byte(`{"` + whole + `":1e999}`)); err == nil || !strings.Contains(err.Error(), "/"+whole+":") {
		t.Errorf("a name of 256 bytes is shown as %v", err)
	}
}
