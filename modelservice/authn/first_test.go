package authn_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/modelward/modelward/modelservice/authn"
	"pgregory.net/rapid"
)

// An asked is one of the functions that First asks, and what it answers.
type asked struct {
	name string
	err  error
}

func (a asked) ask(*http.Request) (string, error) { return a.name, a.err }

var (
	errExpired = errors.New("session has ended")
	errForeign = fmt.Errorf("from elsewhere: %w", authn.ErrNoToken)
	nobody     = asked{err: authn.ErrNoToken}
	foreign    = asked{err: errForeign}
	alice      = asked{name: "alice"}
	expired    = asked{name: "bob", err: errExpired}
)

func TestFirst(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, law := range []struct {
		says string
		of   []asked
		name string
		err  error
	}{
		{"of none, nobody knows", nil, "", authn.ErrNoToken},
		{"who knows decides", []asked{alice}, "alice", nil},
		{"who does not know passes on", []asked{nobody, foreign, alice}, "alice", nil},
		{"who refuses decides, whoever comes behind", []asked{nobody, expired, alice}, "", errExpired},
		{"nobody behind who knows is asked", []asked{alice, expired}, "alice", nil},
		{"when nobody knows, the first reason is given", []asked{nobody, foreign, nobody}, "", errForeign},
		{"when nobody says why, neither does First", []asked{nobody, nobody}, "", authn.ErrNoToken},
	} {
		t.Run(law.says, func(t *testing.T) {
			var functions []func(*http.Request) (string, error)
			for _, a := range law.of {
				functions = append(functions, nil, a.ask) // nil is left out
			}
			first := authn.First(functions...)
			clear(functions) // what First was given is the caller's
			if name, err := first(r); name != law.name || err != law.err {
				t.Errorf("got %q, %v; want %q, %v", name, err, law.name, law.err)
			}
		})
	}
}

// The answer depends on those up to the first that does not pass on, and on
// nobody behind; no one is asked twice, or after that.
func TestFirstIsTheFirst(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SliceOfN(rapid.SampledFrom([]asked{nobody, foreign, alice, expired}), 0, 6).Draw(t, "asked")
		var functions []func(*http.Request) (string, error)
		times := make([]int, len(of))
		for i, a := range of {
			functions = append(functions, func(r *http.Request) (string, error) { times[i]++; return a.ask(r) })
		}
		name, err := authn.First(functions...)(r)

		decides := len(of)
		for i, a := range of {
			if a == alice || a == expired {
				decides = i
				break
			}
		}
		switch {
		case decides == len(of):
			if name != "" || !errors.Is(err, authn.ErrNoToken) {
				t.Fatalf("nobody knows, and the answer is %q, %v", name, err)
			}
		case of[decides] == alice:
			if name != "alice" || err != nil {
				t.Fatalf("got %q, %v", name, err)
			}
		default:
			if name != "" || err != errExpired {
				t.Fatalf("got %q, %v", name, err)
			}
		}
		for i, n := range times {
			if want := i <= decides; (n == 1) != want || n > 1 {
				t.Fatalf("number %d of %v is asked %d times", i, of, n)
			}
		}
	})
}
