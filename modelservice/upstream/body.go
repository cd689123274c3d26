package upstream

import (
	"bytes"
	"io"

	"github.com/modelward/modelward/modelservice"
)

// copied is the greatest length of a body that is copied. Of a body whose
// reader it does not know, package http sends the headers ahead, in a packet of
// their own: a copy of a few kilobytes costs less than that.
const copied = 8 << 10

// body returns what s sends to a model for r: its length, and a function that
// gives it from the start each time, but not to be sent whole twice.
func (m *model) body(r *modelservice.Request, s *sending) (length int64, open func() (io.ReadCloser, error)) {
	body, length := r.Body(m.upstream)
	if length > copied {
		return length, func() (io.ReadCloser, error) {
			if s.complete() {
				return nil, errRepeat
			}
			body, _ := r.Body(m.upstream)
			return body, nil
		}
	}
	whole := make([]byte, length)
	n, _ := io.ReadFull(body, whole) // reads memory; a short one would be seen by its length
	return length, func() (io.ReadCloser, error) {
		if s.complete() {
			return nil, errRepeat
		}
		return io.NopCloser(bytes.NewReader(whole[:n])), nil
	}
}
