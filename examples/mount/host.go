package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/modelward/modelward/modelservice/authn"
)

// host is the server that was there before: it knows how people log in, and
// nothing of models.
type host struct {
	seen     atomic.Int64 // requests
	mu       sync.RWMutex
	sessions map[string]string // by cookie, who it is
}

func newHost() *host { return &host{sessions: map[string]string{}} }

func (h *host) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "welcome") })
	mux.HandleFunc("GET /api/orders", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "no orders") })
	mux.HandleFunc("POST /login", h.login)
	return mux
}

// login believes everybody, which is this host's affair.
func (h *host) login(w http.ResponseWriter, r *http.Request) {
	session := rand.Text()
	h.mu.Lock()
	h.sessions[session] = r.FormValue("user")
	h.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "session", Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// who is the Authenticate of all surfaces: the name of who has logged in. Rights
// are looked up under that name in the catalog, and who is not there has none.
func (h *host) who(r *http.Request) (string, error) {
	cookie, err := r.Cookie("session")
	if err != nil {
		return "", authn.ErrNoToken
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	name, ok := h.sessions[cookie.Value]
	if !ok {
		return "", authn.ErrNoToken
	}
	return name, nil
}

// around is the host's middleware. Browsers send cookies along with what other
// sites make them send, so with sessions that must be refused.
func (h *host) around(next http.Handler) http.Handler {
	sites := http.NewCrossOriginProtection()
	sites.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "not from another site", http.StatusForbidden)
	}))
	next = sites.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.seen.Add(1)
		next.ServeHTTP(w, r)
	})
}
