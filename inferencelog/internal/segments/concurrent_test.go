package segments

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
)

// A writer, a reader and someone who looks on at the same time, on a real disk: each frame is read once, in order.
func TestConcurrent(t *testing.T) {
	l, err := Open(t.TempDir(), &Options{SegmentBytes: 2000, MaxBytes: 20000})
	if err != nil {
		t.Fatal(err)
	}
	const batches, each = 100, 5
	var both sync.WaitGroup
	room := make(chan struct{}, 1)
	both.Go(func() {
		for i := range batches {
			var batch [][]byte
			for k := range each {
				batch = append(batch, binary.LittleEndian.AppendUint64(make([]byte, i%7*30), uint64(i*each+k)))
			}
			for {
				_, err := l.Append(batch)
				if err == nil {
					break
				}
				if !errors.Is(err, ErrFull) {
					t.Error(err)
					return
				}
				<-room
			}
		}
	})
	stop := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if s := l.Stats(); s.Bytes > 20000 {
					t.Errorf("%+v", s)
				}
			}
		}
	})
	both.Go(func() {
		for n := uint64(0); n < batches*each; {
			frames, err := l.Next(9, 1000)
			if err != nil {
				t.Error(err)
				return
			}
			if len(frames) == 0 {
				<-l.Wait()
			}
			for _, f := range frames {
				if got := binary.LittleEndian.Uint64(f.Data[len(f.Data)-8:]); got != n || f.Seq != n+1 {
					t.Errorf("frame %d has %d, want %d", f.Seq, got, n)
					return
				}
				n++
				l.Done(f.Seq)
			}
			select {
			case room <- struct{}{}:
			default:
			}
		}
	})
	both.Wait()
	close(stop)
	watch.Wait()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if s := l.Stats(); s.Frames != 0 || s.Segments != 0 || s.Bytes != 0 {
		t.Errorf("%+v", s)
	}
}
