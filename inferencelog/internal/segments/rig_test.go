package segments

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

// rig drives a log on a medium and knows what has to be in it. A method returns an error when a law is broken; what fails
// on the order of the medium is no such error.
type rig struct {
	*medium
	log *Log
	o   Options

	acked  []Frame         // what is to be read: acknowledged, or found after a crash
	done   map[uint64]bool // of these
	passed uint64          // the last that Next gave
	taken  []uint64        // what Next gave and is not done
	tried  map[string]bool // data of batches that were not acknowledged
	top    uint64          // the highest number seen so far
	count  int             // makes data unique
	most   int64           // what the files may take: MaxBytes, or what Open found, for a removed file may come back in a crash
	r      *rand.Rand
}

func newRig(seed uint64) *rig {
	m := newMedium()
	return &rig{
		medium: m, o: Options{FS: m, SegmentBytes: 1500, MaxBytes: 8000},
		done: map[uint64]bool{}, tried: map[string]bool{}, r: rand.New(rand.NewPCG(seed, 1)),
	}
}

// open opens the log, if that is possible.
func (g *rig) open() error {
	if g.log != nil {
		return nil
	}
	struck := g.struck
	log, err := Open("d", &g.o)
	if err != nil {
		if g.struck == struck && !g.stuck() {
			return fmt.Errorf("Open: %w", err)
		}
		return nil
	}
	g.log, g.passed, g.taken = log, 0, nil
	g.most = max(g.o.MaxBytes, log.Stats().Bytes)
	return g.found()
}

// stuck says whether operations keep failing.
func (g *rig) stuck() bool {
	return g.struck && (g.fault == dies || g.fault == noSpace)
}

// found reads everything, compares it with what was acknowledged, and takes it for what has to be there from now on.
func (g *rig) found() error {
	var all []Frame
	for range 3 { // an operation may fail
		for {
			got, err := g.log.Next(7, 2000)
			if err != nil || len(got) == 0 {
				break
			}
			all = append(all, got...)
		}
	}
	if g.stuck() {
		// Not everything could be read; the next Open will be asked.
		_ = g.log.Close()
		g.log = nil
		return nil
	}
	there := map[uint64]bool{}
	last := uint64(0)
	for _, f := range all {
		if f.Seq <= last {
			return fmt.Errorf("number %d came after %d", f.Seq, last)
		}
		last, there[f.Seq] = f.Seq, true
		i, acked := slices.BinarySearchFunc(g.acked, f.Seq, func(a Frame, seq uint64) int { return int(int64(a.Seq) - int64(seq)) })
		switch {
		case acked && !bytes.Equal(f.Data, g.acked[i].Data):
			return fmt.Errorf("frame %d has other data than was acknowledged", f.Seq)
		case !acked && !g.tried[string(f.Data)]:
			return fmt.Errorf("frame %d was never appended", f.Seq)
		}
	}
	for _, f := range g.acked {
		if !g.done[f.Seq] && !there[f.Seq] {
			return fmt.Errorf("frame %d was acknowledged and is lost (read %d; %+v)", f.Seq, len(all), g.log.Stats())
		}
	}
	g.acked, g.done, g.top = all, map[uint64]bool{}, max(g.top, last)
	g.log.Rewind()
	return g.books()
}

// append appends n frames of up to size bytes.
func (g *rig) append(n, size int) error {
	if g.log == nil {
		return nil
	}
	var batch [][]byte
	need := int64(segmentHead)
	for range n {
		g.count++
		data := fmt.Appendf(nil, "%d:", g.count)
		for range g.r.IntN(size + 1) {
			data = append(data, byte(g.r.Uint32()))
		}
		batch = append(batch, data)
		need += frameHead + int64(len(data))
	}
	before, struck := g.log.Stats(), g.struck
	last, err := g.log.Append(batch)
	if err != nil {
		full := errors.Is(err, ErrFull)
		switch {
		case errors.Is(err, ErrTooLarge) && need > g.o.MaxBytes:
		case full && before.Bytes+need <= g.o.MaxBytes:
			return fmt.Errorf("full at %d bytes with a batch of %d", before.Bytes, need)
		case full && before.Frames == 0 && !g.ever:
			return fmt.Errorf("full with nothing left to do: %+v", before)
		case !full && g.struck == struck && !g.stuck():
			return fmt.Errorf("Append: %w", err)
		}
		for _, data := range batch {
			g.tried[string(data)] = true
		}
		return g.books()
	}
	if first := last - uint64(n) + 1; first <= g.top {
		return fmt.Errorf("a batch is numbered %d to %d after %d", first, last, g.top)
	}
	for i, data := range batch {
		g.acked = append(g.acked, Frame{Seq: last - uint64(n-1-i), Data: data})
	}
	g.top = last
	return g.books()
}

// next reads.
func (g *rig) next(frames int, size int64) error {
	if g.log == nil {
		return nil
	}
	var want []Frame
	var sum int64
	for _, f := range g.acked {
		if f.Seq <= g.passed || g.done[f.Seq] {
			continue
		}
		if len(want) > 0 && (len(want) >= frames || sum+int64(len(f.Data)) > size) {
			break
		}
		want, sum = append(want, f), sum+int64(len(f.Data))
	}
	struck := g.struck
	got, err := g.log.Next(frames, size)
	clean := g.struck == struck && !g.stuck()
	if err != nil && (clean || len(got) > 0) {
		return fmt.Errorf("Next: %d frames, %w", len(got), err)
	}
	if clean && len(got) != len(want) || len(got) > len(want) {
		return fmt.Errorf("Next: %d frames, want %d", len(got), len(want))
	}
	for i, f := range got {
		if f.Seq != want[i].Seq || !bytes.Equal(f.Data, want[i].Data) {
			return fmt.Errorf("Next: frame %d, want %d as it was appended", f.Seq, want[i].Seq)
		}
		g.passed = f.Seq
		g.taken = append(g.taken, f.Seq)
	}
	return g.books()
}

// settle is done with n frames, chosen by chance.
func (g *rig) settle(n int) error {
	if g.log == nil {
		return nil
	}
	var seqs []uint64
	for ; n > 0 && len(g.taken) > 0; n-- {
		i := g.r.IntN(len(g.taken))
		seqs = append(seqs, g.taken[i])
		g.done[g.taken[i]] = true
		g.taken = slices.Delete(g.taken, i, i+1)
	}
	g.log.Done(seqs...)
	g.log.Done(append(seqs, 0, g.top+1)...)
	return g.books()
}

func (g *rig) rewind() error {
	if g.log == nil {
		return nil
	}
	g.log.Rewind()
	g.passed, g.taken = 0, nil
	return g.books()
}

// close closes the log.
func (g *rig) close() error {
	if g.log == nil {
		return nil
	}
	struck := g.struck
	err := g.log.Close()
	if err != nil && g.struck == struck && !g.stuck() {
		return fmt.Errorf("Close: %w", err)
	}
	if left := g.left(); err == nil && left == 0 && g.size() > 0 {
		return fmt.Errorf("nothing was left to do, and the files have %d bytes", g.size())
	}
	g.log = nil
	return nil
}

// die is the end of the process and of the power.
func (g *rig) die() {
	g.crash(g.r, []int{0, 50, 90, 100}[g.r.IntN(4)])
	g.log = nil
}

func (g *rig) left() uint64 {
	return uint64(len(g.acked) - len(g.done))
}

// books compares the log's with ours.
func (g *rig) books() error {
	s := g.log.Stats()
	first := uint64(0)
	for _, f := range g.acked {
		if !g.done[f.Seq] {
			first = f.Seq
			break
		}
	}
	switch size := g.size(); {
	case s.Frames != g.left():
		return fmt.Errorf("%d frames left, want %d", s.Frames, g.left())
	case s.First != first:
		return fmt.Errorf("the first frame left is %d, want %d", s.First, first)
	case s.Bytes > g.most || size > g.most:
		return fmt.Errorf("%d bytes, in truth %d; at most %d", s.Bytes, size, g.most)
	case s.Bytes < size || s.Bytes > size && !g.ever:
		return fmt.Errorf("%d bytes, in truth %d", s.Bytes, size)
	}
	return nil
}
