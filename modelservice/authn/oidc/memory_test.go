package oidc_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/authn/oidc"
	"pgregory.net/rapid"
)

// A verifier that remembers answers as one that does not: for any tokens in any
// order, with clocks that go back, and keys that come and go.
func TestMemoryChangesNothing(t *testing.T) {
	old, new := newPair("old"), newPair("new")
	sets := [][]byte{keySet(old.public()), keySet(old.public(), new.public()), keySet(new.public())}
	var tokens []string
	for _, p := range []pair{old, new, newPair("other")} {
		for i := range int64(3) {
			for _, change := range []object{
				{"exp": noon.Unix() + 100*i},
				{"nbf": noon.Unix() + 100*i, "exp": noon.Unix() + 200*i},
				{"sub": nil},
				{"sub": fmt.Sprint("blocked-", i)},
			} {
				tokens = append(tokens, p.token(good().with(object{"sub": fmt.Sprint(p.kid, "-", i)}).with(change)))
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		blocked := false
		cfg := config()
		cfg.Keys, cfg.Now = sets[0], func() time.Time { return now }
		if rapid.Bool().Draw(t, "mapped") {
			cfg.Principal = func(c oidc.Claims) (string, error) {
				if name := c.Text("sub"); !blocked || len(name) < 7 || name[:7] != "blocked" {
					return name, nil
				}
				return "", errors.New("blocked")
			}
		}
		cfg.Remember = -1
		forgets := made(oidc.New(cfg))
		cfg.Remember = rapid.SampledFrom([]int{1, 3, 0}).Draw(t, "remember")
		remembers := made(oidc.New(cfg))
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				token := rapid.SampledFrom(tokens).Draw(t, "token")
				want, wrong := forgets.Authenticate(bearing(token))
				got, err := remembers.Authenticate(bearing(token))
				if got != want || fmt.Sprint(err) != fmt.Sprint(wrong) {
					t.Fatalf("got %q, %v; want %q, %v", got, err, want, wrong)
				}
			},
			"wait": func(t *rapid.T) {
				now = noon.Add(time.Duration(rapid.IntRange(-100, 600).Draw(t, "seconds")) * time.Second)
			},
			"block": func(t *rapid.T) { blocked = !blocked },
			"replace": func(t *rapid.T) {
				set := rapid.SampledFrom(sets).Draw(t, "keys")
				if forgets.Replace(set) != nil || remembers.Replace(set) != nil {
					t.Fatal("refused")
				}
			},
		})
	})
}

// A remembered token is not verified again: that is what it is for.
func TestMemoryIsUsed(t *testing.T) {
	asked := 0
	cfg := config()
	cfg.Principal = func(c oidc.Claims) (string, error) { asked++; return c.Text("sub"), nil }
	token := pairs()["RS256"].token(good())
	for _, remember := range []int{0, 1, math.MaxInt} {
		cfg.Remember = remember
		v := made(oidc.New(cfg))
		r := bearing(token)
		made(v.Authenticate(r))
		if n := testing.AllocsPerRun(20, func() { made(v.Authenticate(r)) }); n > 2 {
			t.Errorf("remembering %d: %v allocations", remember, n)
		}
	}
	if asked < 63 {
		t.Errorf("the host's function is asked %d times", asked)
	}
}
