package query

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/modelward/modelward/modelservice"
	"pgregory.net/rapid"
)

// However a body arrives and whatever was declared, it is read whole, or
// refused when it is too long, and never more of it than that takes.
func TestReadBody(t *testing.T) {
	readers := map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "halves": iotest.HalfReader, "with the end": iotest.DataErrReader,
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]int{0, 1, 1000, trusted - 1, trusted, trusted + 1, 2 * trusted, 5 * trusted}).Draw(t, "limit")
		size := max(0, rapid.SampledFrom([]int{0, 1, limit - 1, limit, limit + 1, limit + trusted, trusted}).Draw(t, "size"))
		how := rapid.SampledFrom([]string{"at once", "halves", "with the end"}).Draw(t, "how")
		length := int64(rapid.SampledFrom([]int{-1, size}).Draw(t, "length"))
		sent := bytes.Repeat([]byte{'x'}, size)
		source := &counting{r: readers[how](bytes.NewReader(sent))}
		got, err := readBody(source, length, int64(limit))
		if size > limit {
			var e *modelservice.Error
			if !errors.As(err, &e) || e.HTTPStatus() != 413 {
				t.Fatalf("got %d bytes, %v; want 413", len(got), err)
			}
			if source.n > max(limit+1, trusted) {
				t.Fatalf("%d bytes were read; the limit is %d", source.n, limit)
			}
			return
		}
		if err != nil || !bytes.Equal(got, sent) {
			t.Fatalf("got %d bytes, %v; want %d", len(got), err, size)
		}
		if need := max(size, 2*trusted); length > trusted && cap(got) > need+need/4 || length >= 0 && length < trusted && cap(got) > size+size/4+2*bytes.MinRead {
			t.Fatalf("room for %d bytes was made for a body of %d", cap(got), size)
		}
	})
}

// A caller's word is worth a megabyte.
func TestReadBodyTrust(t *testing.T) {
	source := &capped{}
	if _, err := readBody(source, 1<<30, 1<<30); err == nil {
		t.Fatal("a body that breaks off was taken")
	}
	if source.room > trusted+bytes.MinRead {
		t.Errorf("room for %d bytes was made on the caller's word", source.room)
	}
}

func TestReadBodyErrors(t *testing.T) {
	for err, status := range map[error]int{io.ErrUnexpectedEOF: 400, os.ErrDeadlineExceeded: 408, errors.New("reset"): 400} {
		for _, before := range []int{0, 10, trusted, trusted + 10} {
			_, got := readBody(io.MultiReader(bytes.NewReader(make([]byte, before)), iotest.ErrReader(err)), -1, 4*trusted)
			var e *modelservice.Error
			if !errors.As(got, &e) || e.HTTPStatus() != status || !errors.Is(got, err) {
				t.Errorf("%v after %d bytes: got %v; want status %d", err, before, got, status)
			}
		}
	}
}

// counting counts what is read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}

// capped is a body that breaks off at once, and remembers how much room there
// was for it.
type capped struct{ room int }

func (c *capped) Read(p []byte) (int, error) {
	c.room = max(c.room, len(p))
	return 0, io.ErrUnexpectedEOF
}
