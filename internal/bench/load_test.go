package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// load is the callers of one server: each has a connection of its own, and
// asks again as soon as it has its answer.
type load struct {
	address string
	want    []byte // the body of every answer
	callers []*loadCaller
}

// loadCaller is one of them.
type loadCaller struct {
	of      *load
	request []byte
	conn    net.Conn
	reader  *bufio.Reader
	body    bytes.Buffer

	answered int
	broken   int
	reason   error           // why the last one was broken
	first    []time.Duration // until the first bytes of each answer's body
}

// newLoad returns callers who ask a server and want the same body from it every
// time. They connect when they first ask.
func newLoad(tb testing.TB, address string, request, want []byte) *load {
	l := &load{address: address, want: want}
	for i := range callers {
		head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
			chatPath, address, token(i), len(request))
		l.callers = append(l.callers, &loadCaller{of: l, request: append([]byte(head), request...)})
	}
	tb.Cleanup(func() {
		for _, c := range l.callers {
			if c.conn != nil {
				c.conn.Close()
			}
		}
	})
	return l
}

// loaded is what a load came to.
type loaded struct {
	answered, broken int
	reason           error         // why one was broken
	first            time.Duration // until the first bytes of a body, the median
	speed            float64       // answers a second
}

// run lets all callers ask for so long, and each at least once.
func (l *load) run(long time.Duration) loaded {
	var group sync.WaitGroup
	began := time.Now()
	for _, c := range l.callers {
		group.Go(func() {
			c.answered, c.broken, c.first = 0, 0, c.first[:0]
			for once := true; once || time.Since(began) < long; once = false {
				c.ask()
			}
		})
	}
	group.Wait()
	span := time.Since(began)
	var sum loaded
	var first []time.Duration
	for _, c := range l.callers {
		sum.answered += c.answered
		sum.broken += c.broken
		if c.broken > 0 {
			sum.reason = c.reason
		}
		first = append(first, c.first...)
	}
	if len(first) > 0 {
		slices.Sort(first)
		sum.first = first[len(first)/2]
	}
	sum.speed = float64(sum.answered) / span.Seconds()
	return sum
}

// ask asks once. After an answer that is not what is wanted the connection is
// made anew.
func (c *loadCaller) ask() {
	c.answered++
	if err := c.exchange(); err != nil {
		c.broken++
		c.reason = err
		if c.conn != nil {
			c.conn.Close()
			c.conn = nil
		}
	}
}

func (c *loadCaller) exchange() error {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.of.address)
		if err != nil {
			return err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	began := time.Now()
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	c.body.Reset()
	c.body.Grow(len(c.of.want) + bytes.MinRead)
	n, err := answer.Body.Read(c.body.AvailableBuffer()[:len(c.of.want)])
	c.body.Write(c.body.AvailableBuffer()[:n])
	c.first = append(c.first, time.Since(began))
	if err == nil {
		_, err = c.body.ReadFrom(answer.Body)
	}
	switch {
	case err != nil && c.body.Len() < len(c.of.want):
		return fmt.Errorf("status %d, %d of %d bytes: %w", answer.StatusCode, c.body.Len(), len(c.of.want), err)
	case answer.StatusCode != http.StatusOK || !bytes.Equal(c.body.Bytes(), c.of.want):
		return fmt.Errorf("status %d: %.300s", answer.StatusCode, c.body.Bytes())
	}
	return nil
}

// patience is how long an answer may take.
const patience = 30 * time.Second
