package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/internal/strictjson"
	"github.com/modelward/modelward/internal/unread"
	"github.com/modelward/modelward/modelservice"
)

// request is one request whose sender is known.
type request struct {
	*http.Request
	w       http.ResponseWriter
	id      string
	caller  catalog.PrincipalID
	maxBody int64
	query   url.Values
	taken   bool // the body was read to its end
}

func (r *request) parseQuery() error {
	var err error
	if r.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return &modelservice.Error{Code: modelservice.CodeBadRequest, Message: "The query of the URL cannot be read.", Err: err}
	}
	return nil
}

// param returns a query parameter, empty when it is absent. Given twice it says
// nothing certain and is refused; what no path asks for is not looked at.
func (r *request) param(name string) (string, error) {
	values := r.query[name]
	if len(values) > 1 {
		return "", invalid(name, "Query parameter %s is given more than once.", name)
	}
	value := r.query.Get(name)
	if !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		return "", invalid(name, "Query parameter %s is not text.", name)
	}
	return value, nil
}

// refuse refuses query parameters that this path does not take and that would
// change what is asked for. Empty they would not.
func (r *request) refuse(names ...string) error {
	for _, name := range names {
		if slices.ContainsFunc(r.query[name], func(value string) bool { return value != "" }) {
			return invalid(name, "Query parameter %s is not one of this path.", name)
		}
	}
	return nil
}

// flag returns a query parameter that is true or false, which is the default.
func (r *request) flag(name string) (bool, error) {
	text, err := r.param(name)
	if err != nil || text == "" {
		return false, err
	}
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, invalid(name, "Query parameter %s must be true or false.", name)
}

// number returns a query parameter that is a whole number and not negative,
// written in digits alone, 0 when it is absent.
func (r *request) number(name string) (n int, given bool, err error) {
	text, err := r.param(name)
	if err != nil || text == "" {
		return 0, false, err
	}
	if n, err = strconv.Atoi(text); err != nil || !digits(text) {
		return 0, false, invalid(name, "Query parameter %s must be a whole number and not negative.", name)
	}
	return n, true, nil
}

// part returns a query parameter that is one part of a name, canonical.
func (r *request) part(name string) (string, error) {
	text, err := r.param(name)
	if err != nil || text == "" {
		return "", err
	}
	return partOf(name, text)
}

// pathName returns the full name in the path, of so many parts. The path was
// decoded once, and whatever that left in it that no name holds is refused.
func (r *request) pathName(n int) (catalog.FullName, error) {
	name, err := catalog.ParseFullName(r.PathValue("name"))
	if err != nil {
		return catalog.FullName{}, badName("name", err)
	}
	if name.Parts() != n {
		return catalog.FullName{}, invalid("name", "The full name must have the form %s, '%s' has %d parts.",
			pattern("", n), name, name.Parts())
	}
	return name, nil
}

// decode reads the body, a JSON object, and holds it strictly against into
// (ruling R14).
func (r *request) decode(into any) error {
	data, err := r.read()
	if err != nil {
		return err
	}
	return decode(data, into)
}

// trusted is how many bytes of a body are made room for on the word of the
// sender alone.
const trusted = 1 << 20

// read reads the body as it is. What type it is said to have is not looked at:
// it is JSON or it is refused. Compressed it would be of any length.
func (r *request) read() ([]byte, error) {
	for _, coding := range r.Header.Values("Content-Encoding") {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusUnsupportedMediaType, Field: "Content-Encoding",
				Message: "The request body is encoded, see its header Content-Encoding. It must come as it is."}
		}
	}
	if r.ContentLength > r.maxBody {
		return nil, r.tooLong() // without reading what is not wanted
	}
	body := http.MaxBytesReader(r.w, r.Body, r.maxBody)
	var b bytes.Buffer
	b.Grow(int(min(max(r.ContentLength, 0), trusted)) + bytes.MinRead)
	_, err := io.CopyN(&b, body, trusted)
	if err == nil {
		b.Grow(int(max(r.ContentLength-trusted, 0)) + bytes.MinRead)
		_, err = b.ReadFrom(body)
	}
	var long *http.MaxBytesError
	switch {
	case err == nil, errors.Is(err, io.EOF):
		r.taken = true
		return b.Bytes(), nil
	case errors.As(err, &long):
		return nil, r.tooLong()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusRequestTimeout, Err: err,
			Message: "The request body did not arrive in time."}
	}
	return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Err: err, Message: "The request body could not be read."}
}

// unheard is how many times a body's limit is listened to behind an answer that
// came before the body was read.
const unheard = 8

// answer writes an answer, and hears out who has not sent all of his body yet.
func (r *request) answer(status int, body []byte) {
	if !r.taken {
		unread.Announce(r.w, r.Request)
		defer unread.Drain(r.w, r.Request, unheard*r.maxBody)
	}
	r.w.Header()[modelservice.RequestIDHeader] = []string{r.id}
	r.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	r.w.WriteHeader(status)
	_, _ = r.w.Write(body) // a caller who is gone needs no answer
}

func (r *request) tooLong() error {
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Status: http.StatusRequestEntityTooLarge,
		Message: "The request body is longer than " + strconv.FormatInt(r.maxBody, 10) + " bytes."}
}

func decode(data []byte, into any) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return badBody(&strictjson.Error{Reason: "must be an object, not null"})
	}
	if err := strictjson.Unmarshal(data, into); err != nil {
		return badBody(err)
	}
	return nil
}
