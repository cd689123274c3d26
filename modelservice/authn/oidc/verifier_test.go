package oidc_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/authn/oidc"
)

// Every algorithm that is allowed is understood, and names its caller.
func TestAlgorithms(t *testing.T) {
	v := made(oidc.New(config()))
	for algorithm, p := range pairs() {
		for range 2 { // verified, then remembered
			if name, err := v.Authenticate(bearing(p.token(good()))); name != "u-17" || err != nil {
				t.Errorf("%s: got %q, %v", algorithm, name, err)
			}
		}
	}
}

// What of a good token may be otherwise, it still is good.
func TestGoodTokens(t *testing.T) {
	p := pairs()["ES256"]
	lone := config()
	lone.Keys = keySet(p.public(), pairs()["EdDSA"].public(), pairs()["RS256"].public())
	for _, test := range []struct {
		says           string
		header, claims object
	}{
		{"no typ", object{"typ": nil}, nil},
		{"typ of access tokens", object{"typ": "at+jwt"}, nil},
		{"typ in full and in capitals", object{"typ": "Application/AT+JWT"}, nil},
		{"no kid, and one key fits", object{"kid": nil}, nil},
		{"a header nobody knows", object{"x5t": "abc", "jku": "https://evil.example.com"}, nil},
		{"one of several audiences", nil, object{"aud": []any{"other", audience}}},
		{"expires in a second less the leeway", nil, object{"exp": noon.Unix() - 59}},
		{"expires within the second", nil, object{"exp": float64(noon.Unix()) - 58.5}},
		{"begins in a leeway", nil, object{"nbf": noon.Unix() + 60}},
		{"issued in a leeway", nil, object{"iat": noon.Unix() + 60}},
		{"no iat", nil, object{"iat": nil}},
		{"expires when nobody lives any more", nil, object{"exp": 1 << 53}},
		{"claims in one another", nil, object{"x": json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))}},
		{"claims nobody knows", nil, object{"groups": []any{"a", "b"}, "x": object{"sub": "u-18"}}},
	} {
		t.Run(test.says, func(t *testing.T) {
			v := made(oidc.New(lone))
			token := p.raw(p.header().with(test.header).String(), good().with(test.claims).String())
			if name, err := v.Authenticate(bearing(token)); name != "u-17" || err != nil {
				t.Errorf("got %q, %v", name, err)
			}
		})
	}
}

func TestConfigRefused(t *testing.T) {
	for field, change := range map[string]func(*oidc.Config){
		"Issuer":     func(c *oidc.Config) { c.Issuer = "" },
		"Audiences":  func(c *oidc.Config) { c.Audiences = nil },
		"Audiences,": func(c *oidc.Config) { c.Audiences = []string{audience, ""} },
		"Keys":       func(c *oidc.Config) { c.Keys = nil },
		"key set":    func(c *oidc.Config) { c.Keys = []byte("{}") },
	} {
		cfg := config()
		change(&cfg)
		if _, err := oidc.New(cfg); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(field, ",")) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A configuration is read once; what becomes of the caller's slices is nothing
// to the verifier.
func TestConfigIsCopied(t *testing.T) {
	cfg := config()
	v := made(oidc.New(cfg))
	cfg.Audiences[0] = "other"
	clear(cfg.Keys)
	if _, err := v.Authenticate(bearing(pairs()["EdDSA"].token(good()))); err != nil {
		t.Error(err)
	}
}

func TestLeeway(t *testing.T) {
	p := pairs()["EdDSA"]
	for _, test := range []struct {
		set, is time.Duration
	}{{0, time.Minute}, {-1, 0}, {-time.Hour, 0}, {time.Second, time.Second}, {time.Hour, time.Hour}} {
		now := noon
		cfg := config()
		cfg.Leeway, cfg.Now = test.set, func() time.Time { return now }
		v := made(oidc.New(cfg))
		token := p.token(good().with(object{"iat": nil, "nbf": noon.Unix(), "exp": noon.Unix() + 10}))
		for _, at := range []struct {
			time time.Time
			want error
			ok   bool
		}{
			{noon.Add(-test.is - 1), nil, false},
			{noon.Add(-test.is), nil, true},
			{noon.Add(10*time.Second + test.is - 1), nil, true},
			{noon.Add(10*time.Second + test.is), oidc.ErrExpired, false},
		} {
			now = at.time
			_, err := v.Check(token)
			if (err == nil) != at.ok || at.want != nil && err != at.want {
				t.Errorf("leeway %v, at %v: %v", test.set, at.time, err)
			}
		}
	}
}

func TestPrincipalClaim(t *testing.T) {
	p := pairs()["EdDSA"]
	for _, test := range []struct {
		claim  string
		claims object
		want   string
	}{
		{"", object{"email": "a@example.com", "email_verified": true}, "u-17"},
		{"sub", nil, "u-17"},
		{"", object{"sub": nil}, ""},
		{"", object{"sub": ""}, ""},
		{"", object{"sub": 17}, ""},
		{"", object{"sub": []any{"u-17"}}, ""},
		{"email", object{"email": "a@example.com", "email_verified": true}, "a@example.com"},
		{"email", object{"email": "a@example.com", "email_verified": "true"}, "a@example.com"},
		{"email", object{"email": "a@example.com", "email_verified": false}, ""},
		{"email", object{"email": "a@example.com", "email_verified": "false"}, ""},
		{"email", object{"email": "a@example.com"}, ""},
		{"email", object{"email_verified": true}, ""},
		{"client_id", object{"client_id": "report"}, "report"},
		{"client_id", nil, ""},
	} {
		cfg := config()
		cfg.PrincipalClaim = test.claim
		v := made(oidc.New(cfg))
		for range 2 {
			name, err := v.Authenticate(bearing(p.token(good().with(test.claims))))
			if name != test.want || (err == nil) != (test.want != "") || errors.Is(err, authn.ErrNoToken) {
				t.Errorf("%q of %v: got %q, %v", test.claim, test.claims, name, err)
			}
		}
	}
}

// The host's own function is asked each time, and what it says is the answer.
func TestPrincipalFunction(t *testing.T) {
	errBlocked := errors.New("blocked")
	blocked := false
	cfg := config()
	cfg.PrincipalClaim = "email" // not looked at
	cfg.Principal = func(c oidc.Claims) (string, error) {
		switch {
		case blocked:
			return "", errBlocked
		case c["elsewhere"] == true:
			return "", fmt.Errorf("not ours: %w", authn.ErrNoToken)
		}
		return c.Text("client_id"), nil
	}
	v := made(oidc.New(cfg))
	token := pairs()["EdDSA"].token(good().with(object{"client_id": "report"}))
	for range 2 {
		if name, err := v.Authenticate(bearing(token)); name != "report" || err != nil {
			t.Errorf("got %q, %v", name, err)
		}
	}
	blocked = true
	if name, err := v.Authenticate(bearing(token)); name != "" || err != errBlocked {
		t.Errorf("got %q, %v", name, err)
	}
	blocked = false
	if name, err := v.Authenticate(bearing(token)); name != "report" || err != nil {
		t.Errorf("got %q, %v", name, err)
	}
	if name, err := v.Authenticate(bearing(pairs()["EdDSA"].token(good()))); name != "" || err == nil || errors.Is(err, authn.ErrNoToken) {
		t.Errorf("nobody: got %q, %v", name, err)
	}
	if _, err := v.Authenticate(bearing(pairs()["EdDSA"].token(good().with(object{"elsewhere": true})))); !errors.Is(err, authn.ErrNoToken) {
		t.Errorf("elsewhere: %v", err)
	}
}

// A verifier and a table of tokens stand beside each other, in either order.
func TestBesideTokens(t *testing.T) {
	v := made(oidc.New(config()))
	other := config()
	other.Issuer, other.Audiences = "https://other.example.com", []string{audience}
	w := made(oidc.New(other))
	tokens := made(authn.NewTokens(map[string]string{"a-secret": "alice", "a.b.c": "dots"}))
	p := pairs()["EdDSA"]
	for _, authenticate := range []func(*http.Request) (string, error){
		authn.First(v.Authenticate, w.Authenticate, tokens.Authenticate),
		authn.First(tokens.Authenticate, w.Authenticate, v.Authenticate),
	} {
		for token, want := range map[string]string{
			"a-secret": "alice",
			"a.b.c":    "dots",
			"b-secret": "",
			p.token(good().with(object{"iss": "https://other.example.com", "sub": "o-1"})): "o-1",
			p.token(good()): "u-17",
			p.token(good().with(object{"iss": "https://third.example.com"})):                                        "",
			p.token(good().with(object{"iss": "https://other.example.com", "sub": "o-1", "exp": noon.Unix() - 90})): "",
		} {
			if name, err := authenticate(bearing(token)); name != want || (err == nil) != (want != "") {
				t.Errorf("%s: got %q, %v", token, name, err)
			}
		}
	}
	if _, err := v.Authenticate(&http.Request{}); err != authn.ErrNoToken {
		t.Errorf("no token: %v", err)
	}
	r := bearing("")
	r.Header["Authorization"] = append(r.Header["Authorization"], "Bearer "+p.token(good()))
	if _, err := v.Authenticate(r); err != authn.ErrNoToken {
		t.Errorf("two tokens: %v", err)
	}
}
