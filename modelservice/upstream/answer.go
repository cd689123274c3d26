package upstream

import (
	"fmt"
	"io"
	"net/http"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
)

// maxErrorBody is how much of an answer other than 2xx is handed on.
const maxErrorBody = 1 << 20

// answer hands on what the provider has answered.
func (m *model) answer(from *http.Response) (*modelservice.Response, error) {
	response := &modelservice.Response{Status: from.StatusCode, Header: from.Header, Scrub: m.scrub.text}
	encoding := from.Header.Get("Content-Encoding")
	encoded := encoding != "" && encoding != "identity"
	switch success := from.StatusCode >= 200 && from.StatusCode <= 299; {
	case from.StatusCode < 200:
		// A switch of protocols, which nobody asked for: no body to wait for.
		from.Body.Close()
		return nil, m.malformed(from, "status %d is no answer", from.StatusCode)
	case success && encoded:
		from.Body.Close()
		return nil, m.malformed(from, "answer is encoded as %q", encoding)
	case success:
		m.scrub.values(from.Header["Content-Type"])
		response.Body = &answerBody{from.Body, m.scrub}
	case encoded:
		// Its status counts, but it cannot be searched for the credential.
		from.Body.Close()
		m.scrub.header(from.Header)
		response.Body = http.NoBody
	default:
		m.scrub.header(from.Header)
		response.Body = &errorBody{from: from.Body, scrub: m.scrub}
	}
	return response, nil
}

func (m *model) malformed(from *http.Response, format string, args ...any) error {
	return &routing.Failure{Cause: routing.CauseMalformed, Status: from.StatusCode,
		Err: m.scrub.error(fmt.Errorf("upstream: "+format, args...))}
}

// answerBody passes a 2xx on as it is. Only the text of an error is not the
// provider's to choose.
type answerBody struct {
	io.ReadCloser
	scrub *scrubber
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = b.scrub.error(err)
	}
	return n, err
}

// errorBody is the body of an answer other than 2xx: the first maxErrorBody
// bytes of it, scrubbed. The whole is read before the first byte is given out,
// because a credential may lie across any two reads.
type errorBody struct {
	from  io.ReadCloser
	scrub *scrubber

	read bool
	rest []byte
	err  error // what reading ended with, other than the end
}

func (b *errorBody) Read(p []byte) (int, error) {
	if !b.read {
		b.read = true
		data, err := io.ReadAll(io.LimitReader(b.from, maxErrorBody+1))
		if err != nil {
			b.err = b.scrub.error(err)
		}
		whole := err == nil && len(data) <= maxErrorBody
		b.rest = b.scrub.body(data, whole)
	}
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	return 0, io.EOF
}

func (b *errorBody) Close() error { return b.from.Close() }
