package query_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// follower writes down the order in which an answer is written.
type follower struct {
	*httptest.ResponseRecorder
	did     []string
	flushed chan struct{} // closed by the first Flush
}

func (f *follower) Write(p []byte) (int, error) {
	f.did = append(f.did, "write")
	return f.ResponseRecorder.Write(p)
}

func (f *follower) Flush() {
	if !slices.Contains(f.did, "flush") {
		close(f.flushed)
	}
	f.did = append(f.did, "flush")
}

// SetWriteDeadline is what an http.ResponseController looks for.
func (f *follower) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		f.did = append(f.did, "free")
	} else {
		f.did = append(f.did, "limit")
	}
	return nil
}

// Each part of an answer has a deadline, and between the parts there is none:
// over HTTP/2 one that passes would end the stream of a provider that thinks.
func TestNoDeadlineWhileNothingIsWritten(t *testing.T) {
	w := newWorld(t)
	f := &follower{ResponseRecorder: httptest.NewRecorder(), flushed: make(chan struct{})}
	w.primary.does(func(rw http.ResponseWriter, r *http.Request) {
		streams(event("a"))(rw, r)
		<-f.flushed
		streams(finish, done)(rw, r)
	})
	r := httptest.NewRequest(http.MethodPost, chatPath, strings.NewReader(chatBody("chat", true)))
	r.Header.Set("Authorization", "Bearer alice-token")
	w.server.Config.Handler.ServeHTTP(f, r)
	if got := f.Body.String(); got != event("a")+finish+done {
		t.Errorf("got %d %q", f.Code, got)
	}
	for i, did := range f.did {
		if did == "write" && f.did[i-1] != "limit" {
			t.Errorf("a write without a deadline: %v", f.did)
		}
		if did == "flush" && (i+1 == len(f.did) || f.did[i+1] != "free") {
			t.Errorf("a deadline holds on after a flush: %v", f.did)
		}
	}
}
