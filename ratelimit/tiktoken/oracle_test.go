package tiktoken_test

import (
	"strings"
	"testing"

	openai "github.com/pkoukk/tiktoken-go"
	loader "github.com/pkoukk/tiktoken-go-loader"
	"pgregory.net/rapid"

	"github.com/modelward/modelward/ratelimit/tiktoken"
)

// side is a counter beside a slow implementation, which cuts texts by the
// regular expressions as they are published.
type side struct {
	counter *tiktoken.Counter
	model   string
	oracle  *openai.Tiktoken
}

func sides(t testing.TB) []side {
	t.Helper()
	openai.SetBpeLoader(loader.NewOfflineLoader())
	c := tiktoken.New(nil)
	var all []side
	for model, encoding := range map[string]string{"gpt-4": openai.MODEL_CL100K_BASE, "gpt-4o": openai.MODEL_O200K_BASE} {
		oracle, err := openai.GetEncoding(encoding)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, side{c, model, oracle})
	}
	return all
}

// counts returns what the counter and the oracle say of a text.
func (s side) counts(t rapid.TB, text string) (got, want int64) {
	t.Helper()
	got, known := s.counter.CountTokens(s.model, []byte(text))
	if !known {
		t.Fatalf("%s is not known", s.model)
	}
	return got, int64(len(s.oracle.EncodeOrdinary(text)))
}

func (s side) check(t rapid.TB, text string) {
	t.Helper()
	if got, want := s.counts(t, text); got != want {
		t.Errorf("%s: %q is %d tokens, want %d", s.model, text, got, want)
	}
}

// One character, or two, of every kind that the rules of an encoding tell
// apart.
var kinds = []string{"a", "S", "e", "あ", "ǅ", "\u0301", "1", "Ⅷ", " ", "\t", "\u00a0", "\n", "'", "/", "!", "😀"}

// Every text of up to four of these kinds.
func TestEveryOrderOfKinds(t *testing.T) {
	length := 4
	if testing.Short() {
		length = 3
	}
	for _, s := range sides(t) {
		var all func(text string, more int)
		all = func(text string, more int) {
			s.check(t, text)
			for _, kind := range kinds {
				if more > 0 && !t.Failed() {
					all(text+kind, more-1)
				}
			}
		}
		all("", length)
	}
}

func TestEqualsOracle(t *testing.T) {
	all := sides(t)
	words := []string{"'s", "'RE", "'lL", "tion", "HTTPServer", "antidis", "      ", "\r\n", "0042", "====", "你好", "मनीष", "👩‍💻", "<|endoftext|>", "\u2028", "ß", "Ⅷ"}
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.RuneFrom([]rune("aA ' s\n\t/1é"))),
		rapid.StringMatching(`[a-z]{30,200}`),
		rapid.StringMatching(`([A-Za-z0-9+/]{10,90}=? ?){1,4}`),
		rapid.Map(rapid.SliceOfN(rapid.SampledFrom(append(words, kinds...)), 0, 40), func(s []string) string { return strings.Join(s, "") }),
	)
	rapid.Check(t, func(t *rapid.T) {
		drawn := text.Draw(t, "text")
		for _, s := range all {
			s.check(t, drawn)
		}
	})
}

// A text that is made to take long is counted right, to a token or two for
// every cut of a run without a break.
func TestHostileTexts(t *testing.T) {
	const size = 9000
	for _, s := range sides(t) {
		for name, text := range hostile() {
			if name == "noise" {
				continue // the oracle reads other bytes in it
			}
			got, want := s.counts(t, strings.ToValidUTF8(string(text[:size]), ""))
			if cuts := int64(2); got < want || got > want+2*cuts {
				t.Errorf("%s: %s is %d tokens, want %d", s.model, name, got, want)
			}
		}
	}
}

func FuzzCountTokens(f *testing.F) {
	all := sides(f)
	for name, text := range hostile() {
		if name != "noise" {
			f.Add(string(text[:50]))
		}
	}
	f.Add("it's HTTP\r\n\r\n  (42)/\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range all {
			n, known := s.counter.CountTokens(s.model, []byte(text))
			if !known || n < 0 || n > int64(len(text)) || (n == 0) != (text == "") {
				t.Fatalf("%s: %d tokens, %v", s.model, n, known)
			}
			if strings.ToValidUTF8(text, "") == text && len(text) < 4096 {
				s.check(t, text)
			}
		}
	})
}
