package routingtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// serve plays one reply to one request.
func (u *Upstream) serve(w http.ResponseWriter, r *http.Request) {
	api, ok := apiOf(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	ask := askOf(api, body)
	a := u.arrive(&Arrival{Ask: ask, Path: r.URL.Path, Header: r.Header.Clone(), Body: body, Sum: sum(body), Complete: err == nil})
	if err != nil {
		u.end(a, true)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		u.end(a, true)
		panic(http.ErrAbortHandler)
	}
	ctx, cancel := u.watch(conn)
	defer cancel()
	t := a.Reply.act(ask)
	cancelled := u.playTo(ctx, conn, a, &t)
	u.end(a, cancelled)
	if len(t.parts) == 0 && t.ending == Breaks {
		reset(conn)
	}
	// Elsewhere the connection just closes, which breaks an answer as well: a
	// reset might take back what was sent before it.
}

// watch returns a context that ends when the other side closes the connection,
// which means that it gave up, for it has sent all it had; or when the Upstream
// is closed. The returned function ends the watch and the connection.
func (u *Upstream) watch(conn net.Conn) (context.Context, func()) {
	conn.SetDeadline(time.Time{})
	ctx, cancel := context.WithCancel(context.Background())
	u.work.Go(func() {
		defer cancel()
		conn.Read(make([]byte, 1))
	})
	u.work.Go(func() {
		select {
		case <-u.closing:
		case <-ctx.Done():
		}
		cancel()
	})
	return ctx, func() {
		cancel()
		conn.Close()
	}
}

// playTo plays t and reports whether the other side gave up before its end.
func (u *Upstream) playTo(ctx context.Context, conn net.Conn, a *Arrival, t *act) (cancelled bool) {
	if wait(ctx, time.Duration(t.reply.Wait)) != nil {
		return true
	}
	if t.status == 0 {
		if t.ending == Stalls {
			<-ctx.Done()
			return true
		}
		return false
	}
	out := &framer{conn: conn, chunked: t.length < 0 && t.status != http.StatusNoContent}
	if out.head(t) != nil {
		return true
	}
	from := source{parts: t.parts, size: t.reply.Piece}
	for piece, ok := from.next(); ok; piece, ok = from.next() {
		if wait(ctx, time.Duration(t.reply.Every)) != nil || ctx.Err() != nil || out.write(piece) != nil {
			return true
		}
		u.change(func() { a.Sent += int64(len(piece)) })
	}
	switch t.ending {
	case Stalls:
		<-ctx.Done()
		return true
	case Ends:
		return out.end() != nil
	}
	return false
}

// A framer writes an answer in HTTP/1.1, right or wrong as it is told.
type framer struct {
	conn    net.Conn
	chunked bool
}

func (f *framer) head(t *act) error {
	t.announce()
	t.header.Set("Connection", "close")
	if f.chunked {
		t.header.Set("Transfer-Encoding", "chunked")
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", t.status, http.StatusText(t.status))
	t.header.Write(&head)
	head.WriteString("\r\n")
	_, err := f.conn.Write(head.Bytes())
	return err
}

func (f *framer) write(piece string) error {
	if f.chunked {
		piece = fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
	}
	_, err := io.WriteString(f.conn, piece)
	return err
}

func (f *framer) end() error {
	if !f.chunked {
		return nil
	}
	_, err := io.WriteString(f.conn, "0\r\n\r\n")
	return err
}
