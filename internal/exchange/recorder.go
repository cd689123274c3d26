package exchange

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// What is recorded is bounded.
const (
	maxBody = 64 << 10 // bytes of a body
	maxLike = 60       // exchanges alike in method, path and status
)

// Recorder appends exchanges to a file, each different one once. It may be used
// from any number of goroutines.
type Recorder struct {
	mu   sync.Mutex
	file *os.File
	like map[string]int
	seen map[[sha256.Size]byte]bool
}

// NewRecorder makes the file. It stays open: the recorder lives as long as the
// process.
func NewRecorder(file string) (*Recorder, error) {
	f, err := os.Create(file)
	return &Recorder{file: f, like: map[string]int{}, seen: map[[sha256.Size]byte]bool{}}, err
}

// Record returns a handler that does what h does and records it. Credentials
// are left out.
func (rec *Recorder) Record(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := Exchange{Method: r.Method, Target: r.URL.RequestURI(), Header: r.Header.Clone()}
		for name := range x.Header {
			if strings.Contains(strings.ToLower(name), "auth") || strings.Contains(strings.ToLower(name), "key") {
				x.Header.Set(name, "…")
			}
		}
		body, answer := &reading{ReadCloser: r.Body}, &writing{ResponseWriter: w}
		inner := r.WithContext(r.Context())
		inner.Body = body
		if r.Body == nil || r.Body == http.NoBody {
			inner.Body, body.whole = r.Body, true
		}
		h.ServeHTTP(answer, inner) // one that panics has not answered
		if answer.status == 0 {
			answer.status, answer.header = http.StatusOK, w.Header().Clone()
		}
		x.Body, x.Whole = body.copy()
		x.Status, x.Answer, x.Answered, x.Cut = answer.status, answer.header, answer.body.Bytes(), answer.cut
		rec.add(&x, inner.Pattern)
	})
}

func (rec *Recorder) add(x *Exchange, pattern string) {
	if pattern == "" || pattern == "/" {
		pattern = surface(x.Target)
	}
	like := fmt.Sprint(x.Method, " ", pattern, " ", x.Status)
	sum := sha256.Sum256(fmt.Append(nil, like, "\x00", x.Target, "\x00", string(x.Body)))
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.seen[sum] || rec.like[like] == maxLike {
		return
	}
	rec.seen[sum] = true
	rec.like[like]++
	line, err := json.Marshal(x)
	if err == nil {
		_, err = rec.file.Write(append(line, '\n'))
	}
	if err != nil {
		panic(fmt.Sprintf("exchange: %v", err)) // a recording with holes is none
	}
}

// surface is what is known of a path that no pattern was found for: that of an
// endpoint of inference, of which no mux knows, or next to nothing.
func surface(target string) string {
	path, _, _ := strings.Cut(target, "?")
	segments := strings.Split(path, "/")
	if len(segments) > 1 && segments[1] == "ai-gateway" {
		return strings.Join(segments[:min(5, len(segments))], "/")
	}
	return ""
}

// reading is a body that remembers what was read of it.
type reading struct {
	io.ReadCloser
	mu    sync.Mutex
	read  bytes.Buffer
	whole bool
	cut   bool
}

func (b *reading) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	keep := min(n, maxBody-b.read.Len())
	b.read.Write(p[:keep])
	b.cut = b.cut || keep < n
	b.whole = b.whole || err == io.EOF
	return n, err
}

func (b *reading) copy() ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.read.Bytes()), b.whole && !b.cut
}

// writing is a writer that remembers what was written.
type writing struct {
	http.ResponseWriter
	status int
	header http.Header
	body   bytes.Buffer
	cut    bool
}

// Unwrap is for http.ResponseController.
func (w *writing) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writing) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.header = status, w.Header().Clone()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writing) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status, w.header = http.StatusOK, w.Header().Clone()
	}
	keep := min(len(p), maxBody-w.body.Len())
	w.body.Write(p[:keep])
	w.cut = w.cut || keep < len(p)
	return w.ResponseWriter.Write(p)
}
