package query

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/modelward/modelward/modelservice"
)

// trusted is how many bytes of a body are made room for on the word of the
// caller alone.
const trusted = 1 << 20

// readBody reads a body whole, into one slice. The length is what the caller
// has declared, -1 if nothing.
func readBody(body io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, tooLarge(limit)
	}
	var b bytes.Buffer
	b.Grow(int(min(max(length, 0), trusted)) + bytes.MinRead)
	_, err := b.ReadFrom(io.LimitReader(body, min(trusted, limit+1)))
	if err == nil && b.Len() == trusted && limit >= trusted {
		if length > trusted {
			b.Grow(int(length-trusted) + bytes.MinRead)
		}
		// One byte beyond the limit, to tell a body of that length from a
		// longer one.
		_, err = b.ReadFrom(io.LimitReader(body, limit-trusted+1))
	}
	switch {
	case int64(b.Len()) > limit:
		return nil, tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusRequestTimeout, Err: err,
			Message: "The body did not arrive in time."}
	case err != nil:
		return nil, &modelservice.Error{Code: modelservice.CodeBadRequest, Err: err,
			Message: "The body did not arrive whole."}
	}
	return b.Bytes(), nil
}

func tooLarge(limit int64) error {
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("The body is longer than %d bytes.", limit)}
}
