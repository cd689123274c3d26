package authn_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/modelservice/authn"
	"pgregory.net/rapid"
)

func authenticate(tokens *authn.Tokens, token string) (string, error) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return tokens.Authenticate(r)
}

// A table that cannot be used is refused whole, without showing a token.
func TestTokensRefused(t *testing.T) {
	tokens, err := authn.NewTokens(map[string]string{"old": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []map[string]string{
		{"": "bob"}, {"new": ""}, {"secret token": "bob"}, {"secret\n": "bob"}, {"secrét": "bob"}, {"secret\x7f": "bob"}, {"new": "bob", "": "carol"},
		{strings.Repeat("secret", authn.MaxToken/6+1): "bob"},
	} {
		if _, err := authn.NewTokens(table); err == nil {
			t.Errorf("%q was taken", table)
		}
		err := tokens.Replace(table)
		if err == nil || strings.Contains(err.Error(), "secr") {
			t.Errorf("%q: %v", table, err)
		}
		if name, err := authenticate(tokens, "old"); name != "alice" {
			t.Errorf("after %q: got %q, %v", table, name, err)
		}
		if name, err := authenticate(tokens, "new"); !errors.Is(err, authn.ErrNoToken) {
			t.Errorf("after %q: got %q, %v", table, name, err)
		}
	}
}

// While tables change, every request sees one of them whole.
func TestTokensReplaceWhileUsed(t *testing.T) {
	table := func(i int) map[string]string {
		return map[string]string{"a": fmt.Sprint("a", i), "b": fmt.Sprint("b", i), fmt.Sprint("only", i): "x"}
	}
	tokens, err := authn.NewTokens(table(0))
	if err != nil {
		t.Fatal(err)
	}
	var users sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		users.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if name, err := authenticate(tokens, "a"); err != nil || name[0] != 'a' {
					t.Errorf("got %q, %v", name, err)
					return
				}
			}
		})
	}
	for i := range 500 {
		if err := tokens.Replace(table(i)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	users.Wait()
	if _, err := authenticate(tokens, "only3"); err == nil {
		t.Error("a token that was taken out is still known")
	}
}

// What was tried says nothing about the tokens there are: neither the error nor
// the work depends on how near it came.
func TestTokensNearMisses(t *testing.T) {
	const secret = "dapi-0123456789abcdef"
	tokens, err := authn.NewTokens(map[string]string{secret: "alice"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		tried := rapid.OneOf(
			rapid.Map(rapid.IntRange(0, len(secret)), func(n int) string { return secret[:n] }),
			rapid.Map(rapid.StringMatching(`[!-~]{1,8}`), func(more string) string { return secret + more }),
			rapid.Map(rapid.IntRange(0, len(secret)-1), func(i int) string {
				return secret[:i] + strings.ToUpper(secret[i:i+1]) + secret[i+1:]
			}),
			rapid.String(),
		).Draw(t, "tried")
		name, err := authenticate(tokens, tried)
		if strings.TrimLeft(tried, " ") == secret {
			if name != "alice" || err != nil {
				t.Fatalf("got %q, %v", name, err)
			}
			return
		}
		if name != "" || err != authn.ErrNoToken {
			t.Fatalf("%q: got %q, %v", tried, name, err)
		}
	})
}

// A table holds no token in clear.
func TestTokensHoldNoTokens(t *testing.T) {
	tokens, err := authn.NewTokens(map[string]string{"dapi-secret": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprintf("%v %+v %#v", tokens, tokens, tokens); strings.Contains(shown, "dapi") {
		t.Errorf("shows %s", shown)
	}
}

// Authentication is on the path of every request, and leaves nothing behind.
func TestTokensAllocations(t *testing.T) {
	tokens, err := authn.NewTokens(map[string]string{"dapi-0123456789abcdef0123456789abcdef": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	authenticate := authn.First(tokens.Authenticate)
	for _, token := range []string{"dapi-0123456789abcdef0123456789abcdef", "unknown"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		if n := testing.AllocsPerRun(100, func() { _, _ = authenticate(r) }); n > 1 {
			t.Errorf("%q: %v allocations", token, n)
		}
	}
}

func BenchmarkTokens(b *testing.B) {
	table := map[string]string{}
	for i := range 1000 {
		table[fmt.Sprintf("dapi-0123456789abcdef0123456789a%05d", i)] = fmt.Sprint("user-", i)
	}
	tokens, err := authn.NewTokens(table)
	if err != nil {
		b.Fatal(err)
	}
	for _, bench := range []struct{ name, token string }{
		{"known", "dapi-0123456789abcdef0123456789a00500"},
		{"unknown", "dapi-0123456789abcdef0123456789abcdef"},
		{"longest", strings.Repeat("x", authn.MaxToken)},
		{"too-long", strings.Repeat("x", 1<<20)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+bench.token)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = tokens.Authenticate(r)
			}
		})
	}
}
