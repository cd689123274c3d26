//go:build linux

package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelward/modelward/catalog/boltstore"
)

// write is a write that the file system has taken and perhaps not kept.
type write struct {
	at int64
	b  []byte
}

func (w write) isMeta() bool { return w.at < metas }

// apply returns an image with some writes in it.
func apply(image []byte, writes ...write) []byte {
	image = bytes.Clone(image)
	for _, w := range writes {
		if grow := w.at + int64(len(w.b)) - int64(len(image)); grow > 0 {
			image = append(image, make([]byte, grow)...)
		}
		copy(image[w.at:], w.b)
	}
	return image
}

// torn returns a write of which the sectors with a bit set are kept.
func torn(image []byte, w write, keep uint64) write {
	old := apply(image, w)[w.at : w.at+int64(len(w.b))]
	if int(w.at) < len(image) {
		copy(old, image[w.at:])
	} else {
		clear(old)
	}
	for i := 0; i < len(w.b); i += sector {
		if keep>>(i/sector%64)&1 == 1 {
			copy(old[i:min(i+sector, len(old))], w.b[i:])
		}
	}
	return write{w.at, old}
}

// The power goes at any moment of every operation of the script. Between two
// syncs a disk keeps what it likes: any of the pages, in whole or in part. What
// was acknowledged is there each time, and nothing of what follows in part.
func TestPowerLoss(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	p := &powerLoss{t: t, random: rand.New(rand.NewPCG(seed, 0))}
	path := filepath.Join(fastDir(t), "catalog.db")
	s := must(boltstore.Open(path, nil))(t)
	defer s.Close()
	seam := seamOf(t, s)
	var writes []write
	var grown []byte // the file when the first write comes: it grows before
	*seam.writeAt = func(b []byte, at int64) (int, error) {
		if len(writes) == 0 {
			grown = must(os.ReadFile(path))(t)
		}
		writes = append(writes, write{at, bytes.Clone(b)})
		return seam.own.WriteAt(b, at)
	}
	var at state
	disk := must(os.ReadFile(path))(t)
	for i, o := range script {
		writes = nil
		if err := o.do(t, s, at); err != nil {
			t.Fatal(err)
		}
		next := o.after(at)
		p.what = fmt.Sprintf("operation %d", i)
		pages, meta := writes[:len(writes)-1], writes[len(writes)-1]
		if !meta.isMeta() || len(grown) < len(disk) || !bytes.Equal(grown[:len(disk)], disk) {
			t.Fatalf("%s: the writes are not what they are taken for", p.what)
		}
		p.expect("nothing written", disk, at)
		p.expect("grown", grown, at)
		p.somePages(grown, pages, at)
		synced := apply(grown, pages...)
		p.someMeta(synced, meta, at, next)
		disk, at = apply(synced, meta), next
		p.expect("done", disk, at)
		if now := must(os.ReadFile(path))(t); !bytes.Equal(now, disk) {
			t.Fatalf("%s: the file is not what was written", p.what)
		}
	}
	t.Logf("%d images", p.images)
	if p.images < 500 {
		t.Error("those are too few to mean anything")
	}
}

// A sync that fails may have lost what it was for, while the system shows it
// until the machine goes down. What is acknowledged later does not rest on it.
func TestPowerLossAfterFailedSync(t *testing.T) {
	for k := range script {
		p := &powerLoss{t: t, what: fmt.Sprintf("after the sync in operation %d failed", k)}
		path := filepath.Join(fastDir(t), "catalog.db")
		s := must(boltstore.Open(path, nil))(t)
		seam := seamOf(t, s)
		var lost, kept []write
		failing := false
		record := func(b []byte, at int64) (int, error) {
			if w := (write{at, bytes.Clone(b)}); failing {
				lost = append(lost, w)
				seam.breakFile(t, "sync")
			} else {
				kept = append(kept, w)
			}
			return seam.own.WriteAt(b, at)
		}
		disk := must(os.ReadFile(path))(t)
		var at state
		for i := range script[:min(k+3, len(script))] {
			*seam.writeAt = record
			if i == k {
				failing = true
				before := must(os.ReadFile(path))(t)
				if err := script[i].do(t, s, at); err == nil || errors.Is(err, boltstore.ErrUnknownOutcome) {
					t.Fatalf("%s: %v", p.what, err)
				}
				seam.mend()
				*seam.writeAt = record
				failing = false
				for _, w := range lost {
					p.expect("one page of the lost ones kept", apply(before, w), at)
				}
			}
			if err := script[i].do(t, s, at); err != nil {
				t.Fatalf("%s: %v", p.what, err)
			}
			at = script[i].after(at)
			if i >= k {
				p.expect("nothing of it kept", apply(disk, kept...), at)
			}
		}
		seam.mend()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The power goes while the file is made. It is new then, or refused.
func TestPowerLossAtCreation(t *testing.T) {
	path := filepath.Join(fastDir(t), "catalog.db")
	s := must(boltstore.Open(path, nil))(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole := must(os.ReadFile(path))(t)
	pages := len(whole) / pageSize
	fresh := 0
	for keep := range 1 << min(pages, 6) {
		image := make([]byte, len(whole))
		for i := range pages {
			if keep>>i&1 == 1 {
				copy(image[i*pageSize:(i+1)*pageSize], whole[i*pageSize:])
			}
		}
		is, err := read(t, image)
		switch {
		case err == nil && is == state{}:
			fresh++
		case !errors.Is(err, boltstore.ErrDamaged):
			t.Errorf("with pages %b: %+v, %v", keep, is, err)
		}
	}
	if is, err := read(t, nil); err != nil || is != (state{}) {
		t.Errorf("an empty file: %+v, %v", is, err)
	}
	if fresh == 0 {
		t.Error("no image was a new store")
	}
}

type powerLoss struct {
	t      *testing.T
	random *rand.Rand
	what   string
	images int
}

// expect opens an image, which must have one of some states.
func (p *powerLoss) expect(how string, image []byte, want ...state) {
	p.t.Helper()
	p.images++
	is, err := read(p.t, image)
	for _, w := range want {
		if err == nil && is == w {
			return
		}
	}
	p.t.Fatalf("%s: %s: the image has %+v, %v; want %+v", p.what, how, is, err, want)
}

// somePages keeps some of the pages of an operation, none of which count yet.
func (p *powerLoss) somePages(image []byte, pages []write, at state) {
	p.t.Helper()
	all := uint64(1)<<len(pages) - 1
	keep := []uint64{all}
	if len(pages) <= 4 {
		for k := range all {
			keep = append(keep, k)
		}
	} else {
		for i := range pages {
			keep = append(keep, 1<<i, all&^(1<<i), 1<<i-1) // one, all but one, the first
		}
		for range 8 {
			keep = append(keep, p.random.Uint64()&all)
		}
	}
	for _, k := range keep {
		var some []write
		for i, w := range pages {
			if k>>i&1 == 1 {
				some = append(some, w)
			}
		}
		p.expect(fmt.Sprintf("pages %b of %d", k, len(pages)), apply(image, some...), at)
	}
	for i, w := range pages {
		p.expect(fmt.Sprintf("page %d of %d torn", i, len(pages)), apply(image, torn(image, w, p.random.Uint64())), at)
	}
}

// someMeta keeps the page that makes an operation count in part. Whatever of
// it is kept, it counts or it does not.
func (p *powerLoss) someMeta(image []byte, meta write, at, next state) {
	p.t.Helper()
	for n := 0; n <= 96; n += 4 {
		p.expect(fmt.Sprintf("%d bytes of the meta page", n), apply(image, write{meta.at, meta.b[:n]}), at, next)
	}
	for range 4 {
		p.expect("meta page torn", apply(image, torn(image, meta, p.random.Uint64())), at, next)
	}
}

func must[V any](v V, err error) func(t testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
