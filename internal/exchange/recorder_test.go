package exchange_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/internal/exchange"
)

// recorder records what goes through a handler; read returns it.
func recorder(t *testing.T, h http.HandlerFunc) (recorded http.Handler, read func() []exchange.Exchange) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.jsonl")
	rec, err := exchange.NewRecorder(file)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Record(h), func() []exchange.Exchange {
		t.Helper()
		all, err := exchange.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
}

func ask(h http.Handler, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer secret")
	r.Header.Set("X-Api-Key", "secret")
	r.Header.Set("X-Team", "blue")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// What is recorded is what was asked and answered, without credentials, and the
// answer is what it would have been.
func TestRecord(t *testing.T) {
	h, read := recorder(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Id", "7")
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-Late", "1")
		fmt.Fprintf(w, "%s?", body)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	if w := ask(h, "/a%2Fb?c=d", "hello"); w.Code != http.StatusTeapot || w.Body.String() != "hello?" || !w.Flushed {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	ask(h, "/a%2Fb?c=d", "hello") // the same again
	all := read()
	if len(all) != 1 {
		t.Fatalf("%d exchanges", len(all))
	}
	x := all[0]
	if x.Method != "POST" || x.Target != "/a%2Fb?c=d" || string(x.Body) != "hello" || !x.Whole ||
		x.Status != http.StatusTeapot || string(x.Answered) != "hello?" || x.Cut || x.Answer.Get("X-Id") != "7" || x.Answer.Get("X-Late") != "" {
		t.Errorf("recorded %+v", x)
	}
	if x.Header.Get("X-Team") != "blue" || strings.Contains(fmt.Sprint(x.Header), "secret") {
		t.Errorf("recorded headers %v", x.Header)
	}
}

// A body that was not read to its end is not whole, and neither is one too long
// to keep.
func TestRecordParts(t *testing.T) {
	h, read := recorder(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/read" {
			io.Copy(w, r.Body)
		}
		io.WriteString(w, "!")
	})
	long := strings.Repeat("x", 100<<10)
	ask(h, "/unread", "hello")
	if w := ask(h, "/read", long); w.Body.String() != long+"!" {
		t.Errorf("answered %d bytes", w.Body.Len())
	}
	all := read()
	if len(all) != 2 || all[0].Whole || all[0].Status != 200 || all[1].Whole || !all[1].Cut || len(all[1].Answered) != 64<<10 {
		t.Errorf("recorded %d, whole %t, %t, cut %t", len(all), all[0].Whole, all[1].Whole, all[1].Cut)
	}
}

// Of exchanges that are alike only some are recorded, also at once.
func TestRecordBounded(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/things/{id}", func(http.ResponseWriter, *http.Request) {})
	h, read := recorder(t, mux.ServeHTTP)
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() { ask(h, fmt.Sprint("/things/", i), "") })
		all.Go(func() { ask(h, fmt.Sprint("/other/", i), "") })
	}
	all.Wait()
	count := map[int]int{}
	for _, x := range read() {
		count[x.Status]++
	}
	if count[404] != 60 || count[200] != 60 {
		t.Errorf("recorded %v", count)
	}
}
