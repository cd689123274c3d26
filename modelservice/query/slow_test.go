package query_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A caller who reads steadily, if not fast, is not gone: one long event of 3
// MiB at 64 KiB a second.
func TestSteadyReader(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			events := []string{event(strings.Repeat("x", 3<<20)), finish, done}
			overPipe(t, http2, slow{events, time.Millisecond, make(chan time.Time, 1)}, func(response *http.Response) {
				var got int64
				for {
					n, err := io.CopyN(io.Discard, response.Body, 64<<10)
					got += n
					if err == io.EOF {
						break
					}
					if err != nil {
						t.Errorf("HTTP/2 %t: %v after %d bytes", http2, err, got)
						break
					}
					time.Sleep(time.Second)
				}
			})
		})
	}
}
