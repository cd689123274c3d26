package inferencelog_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// aside is what was put aside.
func (a *archive) aside() []byte {
	a.Helper()
	text, err := os.ReadFile(filepath.Join(a.dir, "rejected.jsonl"))
	if err != nil {
		a.Fatal(err)
	}
	return text
}

// An acknowledged row that is rejected is put aside however large it is.
func TestLargeRowIsPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.hook.OnWrite = poisoned(fmt.Errorf("never: %w", inferencelog.ErrRejected), "large")
		body := bytes.Repeat([]byte("x"), 9<<20)
		r := inferencelogtest.Plain("large", 0)
		r.Request, r.Response = body, body
		r.RequestSHA256, r.ResponseSHA256 = "known", "known"
		if err := a.log.Append(t.Context(), kept, r); err != nil {
			t.Fatal(err)
		}
		a.flush()
		if s := a.balance(); s.LostBy.Rejected != 1 || s.Pending != 0 {
			t.Errorf("%+v", s)
		}
		text := a.aside()
		if !bytes.HasPrefix(text, []byte(`{"table_id":"1","why":`)) || !bytes.HasSuffix(text, []byte("}\n")) ||
			bytes.Count(text, []byte(`"invocation_id":"large"`)) != 1 || bytes.Count(text, body) != 2 {
			t.Errorf("%d bytes are put aside", len(text))
		}
	})
}

// An acknowledged row that only another version can read is put aside as it is, and counted; those around it are stored.
func TestRowOfAnotherVersionIsPutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newArchive(t)
		a.away.Store(true)
		a.append(0, 1)
		a.stop(50 * time.Millisecond)
		log, err := segments.Open(a.dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		later := []byte("\xffa row of a later version")
		if _, err := log.Append([][]byte{later}); err != nil {
			t.Fatal(err)
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		a.away.Store(false)
		a.start(nil)
		a.append(1, 2)
		a.flush()
		if s := a.balance(); s.Accepted != 3 || s.Stored != 2 || s.LostBy.Rejected != 1 || s.Pending != 0 {
			t.Errorf("%+v", s)
		}
		var line struct{ Why, Frame string }
		if err := json.Unmarshal(a.aside(), &line); err != nil || line.Frame != base64.StdEncoding.EncodeToString(later) || line.Why == "" {
			t.Errorf("%+v, %v", line, err)
		}
		a.want(2)
	})
}
