package authn_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/authn"
	"pgregory.net/rapid"
)

// Which header holds the token depends on the path, and there is one token only.
func TestTokenHeaders(t *testing.T) {
	longest := strings.Repeat("a", authn.MaxToken)
	tokens, err := authn.NewTokens(map[string]string{"a": "alice", longest: "longest"})
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
		{other, http.Header{"Authorization": {""}}, ""},
		{other, http.Header{"Authorization": {}}, ""},
		{other, http.Header{"Authorization": {"Basic a"}}, ""},
		{other, http.Header{"Authorization": {"Bearer\ta"}}, ""},
		{other, http.Header{"Authorization": {"Bearer a\x00"}}, ""},
		{other, http.Header{"Authorization": {"Bearer a\nb"}}, ""},
		{other, http.Header{"Authorization": {"Bearer \u00e4"}}, ""},
		{other, http.Header{"Authorization": {"Bearer " + longest}}, "longest"},
		{other, http.Header{"Authorization": {"Bearer " + longest + "a"}}, ""},
		{"", http.Header{"Authorization": {"Bearer a"}}, "alice"},
		{"/api/ai-gateway/anthropic/v1/messages", http.Header{"X-Api-Key": {"a"}}, ""},
		{"/ai-gateway/anthropic", http.Header{"X-Api-Key": {"a"}}, ""},
		{"/ai-gateway/Anthropic/v1/messages", http.Header{"X-Api-Key": {"a"}}, ""},
		{anthropic, http.Header{"X-Api-Key": {" a"}}, ""},
		{anthropic, http.Header{"X-Api-Key": {longest}}, "longest"},
		{anthropic, http.Header{"X-Api-Key": {longest + "a"}}, ""},
		{anthropic, http.Header{"X-Api-Key": {}}, ""},
		{anthropic, http.Header{"X-Api-Key": {"", "a"}}, ""},
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
		r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: test.path}, Header: test.header}
		got, err := tokens.Authenticate(r)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s %.100v: got %q, %v; want %q", test.path, test.header, got, err, test.want)
		}
		if err != nil && err != authn.ErrNoToken {
			t.Errorf("%s %.100v: the error is %v", test.path, test.header, err)
		}
	}
}

// A request made by hand may have no URL, and no header. What is a token does not
// depend on who knows it.
func TestTokenOfBareRequest(t *testing.T) {
	for _, r := range []*http.Request{{}, {Header: http.Header{"X-Api-Key": {"a"}}}} {
		if token, err := authn.Token(r); err != authn.ErrNoToken {
			t.Errorf("got %q, %v", token, err)
		}
	}
	for token, want := range map[string]error{
		"a": nil, strings.Repeat("a", authn.MaxToken): nil, strings.Repeat("a", authn.MaxToken+1): authn.ErrNoToken, "a b": authn.ErrNoToken,
	} {
		got, err := authn.Token(&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}})
		if err != want || (got == token) != (want == nil) {
			t.Errorf("%.20q, %d bytes: got %.20q, %v", token, len(token), got, err)
		}
	}
}

// Whatever headers say, there is no token or it is one that was sent, whole.
func TestTokenIsOneThatWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b", " ", "a b", "\t", "Bearer a", "Basic a"}), rapid.String())
		header := http.Header{}
		if values := rapid.SliceOfN(text, 0, 2).Draw(t, "bearer"); len(values) > 0 {
			for _, v := range values {
				header["Authorization"] = append(header["Authorization"], "Bearer "+v)
			}
		}
		if values := rapid.SliceOfN(text, 0, 2).Draw(t, "key"); len(values) > 0 {
			header["X-Api-Key"] = values
		}
		r := &http.Request{URL: &url.URL{Path: "/ai-gateway/anthropic/v1/messages"}, Header: header}
		token, err := authn.Token(r)
		if err != nil {
			if token != "" || err != authn.ErrNoToken {
				t.Fatalf("got %q, %v", token, err)
			}
			return
		}
		if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("%v: got %q", header, token)
		}
		for name, values := range header {
			if len(values) != 1 {
				t.Fatalf("%v: two of %s, and got %q", header, name, token)
			}
			if sent := strings.TrimLeft(strings.TrimPrefix(values[0], "Bearer "), " "); sent != token && values[0] != "" && values[0] != token {
				t.Fatalf("%v: got %q", header, token)
			}
		}
	})
}
