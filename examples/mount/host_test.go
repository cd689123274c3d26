package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/modelward/modelward/modelservice/authn"
)

// Only a session that somebody has logged in to is somebody.
func TestWho(t *testing.T) {
	h := newHost()
	w := httptest.NewRecorder()
	login := httptest.NewRequest(http.MethodPost, "/login?user=alice", nil)
	h.routes().ServeHTTP(w, login)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("logging in gave %v", cookies)
	}
	for _, test := range []struct{ name, value, want string }{
		{cookies[0].Name, cookies[0].Value, "alice"},
		{cookies[0].Name, cookies[0].Value + "x", ""},
		{cookies[0].Name, "", ""},
		{"other", cookies[0].Value, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: test.name, Value: test.value})
		name, err := h.who(r)
		if name != test.want || errors.Is(err, authn.ErrNoToken) != (test.want == "") {
			t.Errorf("%s=%s is %q, %v", test.name, test.value, name, err)
		}
	}
}
