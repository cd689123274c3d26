package openapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

//go:embed openapi.json
var document []byte

// Document returns a copy of the description, OpenAPI 3.1 as JSON in UTF-8.
func Document() []byte { return bytes.Clone(document) }

// Handler returns a handler that serves the description, whatever the path. It
// answers GET and HEAD with it, or with 304 who has it already (If-None-Match);
// other methods are refused with 405 and the headers alone, for the form of
// errors is the host's. The answer may be kept, and has to be asked about before
// it is used again. It may be used from any number of goroutines.
func Handler() http.Handler {
	sum := sha256.Sum256(document)
	return &handler{etag: `"` + hex.EncodeToString(sum[:16]) + `"`, length: strconv.Itoa(len(document))}
}

type handler struct{ etag, length string }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", h.etag)
	if h.has(r.Header) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", h.length)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(document) // a caller who is gone needs no answer
	}
}

// has reports whether a request says that its sender has the document. Whether
// a tag is weak does not matter here (RFC 9110 §13.1.2).
func (h *handler) has(header http.Header) bool {
	for _, line := range header["If-None-Match"] {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == h.etag {
				return true
			}
		}
	}
	return false
}
