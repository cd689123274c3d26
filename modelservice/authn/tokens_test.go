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

// Which header holds the token depends on the path, and there is one token only.
func TestTokenHeaders(t *testing.T) {
	tokens, err := authn.NewTokens(map[string]string{"a": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	const other, anthropic = "/ai-gateway/mlflow/v1/models", "/ai-gateway/anthropic/v1/messages"
	for _, test := range []struct {
		path   string
		header http.Header
		want   string
	}{
		{other, http.Header{"Authorization": {"Bearer a"}}, "alice"},
		{other, http.Header{"Authorization": {"bEARER   a"}}, "alice"},
		{other, http.Header{"Authorization": {"Bearer a"}, "X-Api-Key": {"x"}}, "alice"},
		{other, http.Header{"X-Api-Key": {"a"}}, ""},
		{other, http.Header{}, ""},
		{other, http.Header{"Authorization": {"Bearer"}}, ""},
		{other, http.Header{"Authorization": {"Bearer "}}, ""},
		{other, http.Header{"Authorization": {"Bearer a "}}, ""},
		{other, http.Header{"Authorization": {"Bearer a, Bearer a"}}, ""},
		{other, http.Header{"Authorization": {"Bearera"}}, ""},
		{other, http.Header{"Authorization": {" Bearer a"}}, ""},
		{other, http.Header{"Authorization": {"Bearer A"}}, ""},
		{other, http.Header{"Authorization": {"Bearer a", "Bearer a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer a"}}, "alice"},
		{anthropic, http.Header{"X-Api-Key": {"a"}}, "alice"},
		{anthropic, http.Header{"X-Api-Key": {"Bearer a"}}, ""},
		{anthropic, http.Header{"X-Api-Key": {"a", "a"}}, ""},
		{anthropic, http.Header{"X-Api-Key": {""}}, ""},
		{anthropic, http.Header{"X-Api-Key": {"b"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer a"}, "X-Api-Key": {"a"}}, "alice"},
		{anthropic, http.Header{"Authorization": {"Bearer a"}, "X-Api-Key": {"b"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer b"}, "X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer b"}, "X-Api-Key": {"b"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer a"}, "X-Api-Key": {""}}, "alice"},
		{anthropic, http.Header{"Authorization": {"Bearer "}, "X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer "}, "X-Api-Key": {""}}, ""},
		{anthropic, http.Header{"Authorization": {"a"}, "X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Basic a"}, "X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer a", "Bearer a"}, "X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"Authorization": {"Bearer a"}, "X-Api-Key": {"a", "a"}}, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, test.path, nil)
		r.Header = test.header
		if got, err := tokens.Authenticate(r); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s %v: got %q, %v; want %q", test.path, test.header, got, err, test.want)
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
