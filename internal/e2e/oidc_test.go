package e2e

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/authn/oidc"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/rest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

const (
	idIssuer   = "https://login.example.com"
	idAudience = "https://gateway.example.com"
)

// idKey is a key of an identity provider's.
type idKey struct {
	kid     string
	private ed25519.PrivateKey
}

func newIDKey(t *testing.T, kid string) idKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return idKey{kid, private}
}

// set is the document of one key.
func (k idKey) set() []byte {
	x := base64.RawURLEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey))
	return fmt.Appendf(nil, `{"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","kid":%q,"x":%q}]}`, k.kid, x)
}

// token is one for somebody that expires then. Other claims replace its own.
func (k idKey) token(t *testing.T, subject string, expires time.Time, other map[string]any) string {
	t.Helper()
	claims := map[string]any{"iss": idIssuer, "aud": idAudience, "sub": subject, "exp": expires.Unix()}
	for name, v := range other {
		claims[name] = v
	}
	payload, err := json.Marshal(claims)
	must(t, err)
	head := fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":"JWT"}`, k.kid)
	signed := base64.RawURLEncoding.EncodeToString([]byte(head)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(k.private, []byte(signed)))
}

// People with tokens of an identity provider call with every SDK, and manage,
// beside those with static tokens. What is not good is 401 in every form, and no
// token is in a line, in a row or with a provider, good or not.
func TestSignedTokens(t *testing.T) {
	s, _ := opened(t)
	now := time.Now()
	key, next := newIDKey(t, "2026-01"), newIDKey(t, "2026-02")
	verifier, err := oidc.New(oidc.Config{Issuer: idIssuer, Audiences: []string{idAudience}, Keys: key.set()})
	must(t, err)
	tokens, err := authn.NewTokens(map[string]string{token(alice): alice})
	must(t, err)
	authenticate := authn.First(tokens.Authenticate, verifier.Authenticate)

	core, lines := observer.New(zap.DebugLevel)
	management, err := rest.New(rest.Config{Metastore: s.metastore, Authenticate: authenticate, Logger: zap.New(core)})
	must(t, err)
	inference, err := query.New(query.Config{Gateway: s.gateway, Metastore: s.metastore, Authenticate: authenticate, Logger: zap.New(core)})
	must(t, err)
	mux := http.NewServeMux()
	mux.Handle("/api/", management)
	mux.Handle("/ai-gateway/", inference)
	server := httptest.NewServer(mux)
	defer server.Close()
	transport := listed(server.Client().Transport)

	var sent []string
	send := func(token string) *program {
		sent = append(sent, token)
		return newProgram(transport, server.URL, token)
	}
	manage := func(token, method, path, body string) (int, string) {
		t.Helper()
		sent = append(sent, token)
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := (&http.Client{Transport: transport}).Do(r)
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		var answer struct {
			Code string `json:"error_code"`
		}
		must(t, json.Unmarshal(text, &answer))
		return response.StatusCode, answer.Code
	}
	const (
		getService = "/api/2.1/unity-catalog/model-services/" + gptService
		statements = "/api/2.0/sql/statements"
		grants     = `{"statement":"SHOW GRANTS ON MODEL SERVICE main.default.gpt"}`
	)

	good := key.token(t, alice, now.Add(time.Hour), nil)
	for _, known := range []string{good, token(alice)} {
		for _, c := range calls() {
			if text, err := c.do(t.Context(), send(known), c.service()); err != nil || text != c.hello(c.first()) {
				t.Errorf("%s: answered %q, %v", c.name, text, err)
			}
		}
		if status, code := manage(known, "GET", getService, ""); status != 200 {
			t.Errorf("get: %d %s", status, code)
		}
	}
	if status, code := manage(key.token(t, admin, now.Add(time.Hour), nil), "POST", statements, grants); status != 200 {
		t.Errorf("statement: %d %s", status, code)
	}
	if status, code := manage(key.token(t, bob, now.Add(time.Hour), nil), "GET", getService, ""); status != 404 {
		t.Errorf("somebody without rights: %d %s", status, code)
	}
	s.settled()
	for _, name := range []string{"gpt", "claude"} {
		for _, row := range s.sql(t, alice, "SELECT * FROM main.logging."+name) {
			for _, part := range strings.Split(good, ".") {
				if text := fmt.Sprint(row); strings.Contains(text, part) {
					t.Errorf("a row has the token: %s", text)
				}
			}
		}
	}

	bad := map[string]string{
		"expired":                key.token(t, alice, now.Add(-time.Hour), nil),
		"for another server":     key.token(t, alice, now.Add(time.Hour), map[string]any{"aud": "other"}),
		"from another issuer":    key.token(t, alice, now.Add(time.Hour), map[string]any{"iss": "https://other.example.com"}),
		"of another key":         idKey{key.kid, next.private}.token(t, alice, now.Add(time.Hour), nil),
		"of a key of tomorrow's": next.token(t, alice, now.Add(time.Hour), nil),
		"for nobody here":        key.token(t, "nobody", now.Add(time.Hour), nil),
		"for a group":            key.token(t, "ai_team", now.Add(time.Hour), nil),
		"cut short":              good[:len(good)-8],
		"unsigned":               base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + ".",
	}
	refused := func(says, token string) {
		t.Helper()
		for _, c := range calls() {
			_, err := c.do(t.Context(), send(token), c.service())
			if err == nil {
				t.Errorf("%s: %s is answered", says, c.name)
				continue
			}
			if e := c.refusedBy(t, err); e.status != 401 || e.header.Get("WWW-Authenticate") != "Bearer" || c.claude && e.kind != "authentication_error" {
				t.Errorf("%s: %s: %+v", says, c.name, e)
			}
		}
		if _, err := send(token).openai.Models.List(t.Context()); err == nil || calls()[0].refusedBy(t, err).status != 401 {
			t.Errorf("%s: models: %v", says, err)
		}
		for _, request := range [][3]string{{"GET", getService, ""}, {"POST", statements, grants}, {"GET", "/api/nowhere", ""}} {
			if status, code := manage(token, request[0], request[1], request[2]); status != 401 || code != "UNAUTHENTICATED" {
				t.Errorf("%s: %s: %d %s", says, request[1], status, code)
			}
		}
	}
	for says, token := range bad {
		refused(says, token)
	}

	// The key is changed. What the old one signed was good a moment ago.
	must(t, verifier.Replace(next.set()))
	refused("signed with the old key", good)
	if text, err := chatCall(t.Context(), send(bad["of a key of tomorrow's"]), gptService); err != nil || text != "Hello from "+primaryUpstream {
		t.Errorf("signed with the new key: %q, %v", text, err)
	}

	s.settled()
	expired := 0
	for _, line := range lines.All() {
		text := fmt.Sprint(line.Message, " ", line.ContextMap())
		for _, token := range sent {
			for _, part := range strings.Split(token, ".") {
				if len(part) > 8 && strings.Contains(text, part) {
					t.Errorf("a line has a token: %s", text)
				}
			}
		}
		if strings.Contains(text, oidc.ErrExpired.Error()) {
			expired++
		}
	}
	if expired == 0 {
		t.Errorf("%d lines, and none says that a token has expired", lines.Len())
	}
}
