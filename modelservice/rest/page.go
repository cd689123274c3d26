package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"iter"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// maxPage is the greatest and the default number of objects on a page (spec
// §3.4, §15).
const maxPage = 100

// window is the part of a list that is asked for.
type window struct {
	size  int
	after string // the key of the last object before; empty: from the start
	scope string // what is listed: endpoint, container, filters
}

// digestSize is how many bytes of a token are a digest.
const digestSize = 12

// window reads the parameters of a listing (spec §3.1): how many at most, 0 or
// nothing for the default, too many for the most there are; and the token of
// the page before. The scope is what is listed: endpoint, container, filters.
func (r *request) window(sizeParam string, scope ...string) (window, error) {
	n, _, err := r.number(sizeParam)
	if err != nil {
		return window{}, err
	}
	if n == 0 || n > maxPage {
		n = maxPage
	}
	return r.windowOf(n, scope...)
}

func (r *request) windowOf(size int, scope ...string) (window, error) {
	p := window{size: size, scope: strings.Join(scope, "\x00")}
	token, err := r.param("page_token")
	if err != nil || token == "" {
		return p, err
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) <= digestSize || p.token(string(data[digestSize:])) != token {
		return window{}, badToken()
	}
	p.after = string(data[digestSize:])
	return p, nil
}

// token names a position in this list. It begins with a digest of both, so that
// the token of another list, or a part of one, is not taken.
func (p window) token(after string) string {
	digest := sha256.Sum256([]byte(p.scope + "\x00" + after))
	return base64.RawURLEncoding.EncodeToString(append(digest[:digestSize], after...))
}

// afterName is the position as a name.
func (p window) afterName() (catalog.FullName, error) {
	if p.after == "" {
		return catalog.FullName{}, nil
	}
	name, err := catalog.ParseFullName(p.after)
	if err != nil || name.String() != p.after {
		return catalog.FullName{}, badToken()
	}
	return name, nil
}

func badToken() error { return invalid("page_token", "The page token is not one of this list.") }

// cut takes a page from a sequence that starts at the window. Pages are full
// while there is something to fill them with, and the last one has no token:
// both depend on nothing but what the caller may see.
func cut[T any](p window, all iter.Seq[T], key func(T) string) (page []T, next string) {
	page = []T{} // an empty page is a list too
	for v := range all {
		if len(page) == p.size {
			last := key(page[len(page)-1])
			return page, p.token(last)
		}
		page = append(page, v)
	}
	return page, ""
}
