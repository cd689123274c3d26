// Package boltpages walks over all pages of a bbolt file before bbolt does. It
// does not know bbolt, only the format of its files.
//
// bbolt trusts what a page says: a wrong page number can send it round in circles
// until the stack is full, and a wrong count can make it ask for more memory than
// there is, neither of which a program can recover from.
package boltpages

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// Damage is why a file is not one that bbolt has written.
type Damage struct{ Reason string }

func (d *Damage) Error() string { return "boltpages: " + d.Reason }

func damaged(format string, args ...any) error {
	return &Damage{fmt.Sprintf(format, args...)}
}

// Check checks the pages of the file at path that can be reached from its
// newest valid meta page. Nobody may write to the file meanwhile. The error is a
// [*Damage], or the operating system's.
func Check(path string, pageSize int) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return check(file, info.Size(), pageSize)
}

// Of bbolt's file format, version 2, which is in the byte order of the machine.
const (
	pageHeader = 16 // id uint64, flags uint16, count uint16, overflow uint32
	element    = 16 // of a branch or leaf page
	metaSize   = 64

	bucketHeader = 16 // root page uint64, sequence uint64

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01 // of a leaf's element

	noFreelist = 1<<64 - 1
	maxDepth   = 64
)

type pages struct {
	file     io.ReaderAt
	pageSize int64
	high     uint64 // the first page number never used
	seen     map[uint64]bool
}

func check(file io.ReaderAt, size int64, pageSize int) error {
	p := &pages{file: file, pageSize: int64(pageSize), seen: map[uint64]bool{}}
	if pageSize < 512 || size < 4*p.pageSize {
		return damaged("%d bytes are too few", size)
	}
	var root, freelist, newest uint64
	for id := range int64(2) {
		b := make([]byte, metaSize)
		if _, err := file.ReadAt(b, id*p.pageSize+pageHeader); err != nil {
			return damaged("page %d: %v", id, err)
		}
		word := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
		sum := fnv.New64a()
		_, _ = sum.Write(b[:56])
		if txid := word(48); sum.Sum64() == word(56) && txid >= newest {
			newest, root, freelist, p.high = txid, word(16), word(32), word(40)
		}
	}
	if p.high < 4 || p.high > uint64(size/p.pageSize) {
		return damaged("the file is cut short: %d pages of %d", size/p.pageSize, p.high)
	}
	if err := p.tree(root, nil, nil, 0); err != nil {
		return err
	}
	if freelist == noFreelist {
		return nil
	}
	return p.freelist(freelist)
}

// read returns a page with all that overflows from it.
func (p *pages) read(id uint64) (page, error) {
	if id < 2 || id >= p.high {
		return page{}, damaged("page %d does not exist", id)
	}
	b := make([]byte, p.pageSize)
	if _, err := p.file.ReadAt(b, int64(id)*p.pageSize); err != nil {
		return page{}, damaged("page %d: %v", id, err)
	}
	overflow := uint64(binary.NativeEndian.Uint32(b[12:]))
	if got := binary.NativeEndian.Uint64(b); got != id || id+overflow >= p.high {
		return page{}, damaged("page %d calls itself %d and has %d more", id, got, overflow)
	}
	for i := id; i <= id+overflow; i++ {
		if p.seen[i] {
			return page{}, damaged("page %d is used twice", i)
		}
		p.seen[i] = true
	}
	if overflow > 0 {
		b = append(b, make([]byte, int64(overflow)*p.pageSize)...)
		if _, err := p.file.ReadAt(b[p.pageSize:], int64(id+1)*p.pageSize); err != nil {
			return page{}, damaged("page %d: %v", id, err)
		}
	}
	return page{id, b}, nil
}

// tree checks a page and what is below it, whose keys lie from low up to high.
func (p *pages) tree(id uint64, low, high []byte, depth int) error {
	if depth > maxDepth {
		return damaged("page %d is too deep", id)
	}
	pg, err := p.read(id)
	if err != nil {
		return err
	}
	switch pg.flags() {
	case flagBranch:
		return p.branch(pg, low, high, depth)
	case flagLeaf:
		return p.leaf(pg, low, high, depth)
	}
	return damaged("page %d is of no kind", id)
}

func (p *pages) branch(pg page, low, high []byte, depth int) error {
	if pg.count() == 0 {
		return damaged("page %d branches to nothing", pg.id)
	}
	keys := make([][]byte, pg.count(), pg.count()+1)
	children := make([]uint64, pg.count())
	for i := range keys {
		e, err := pg.element(i)
		if err != nil {
			return err
		}
		if keys[i], err = pg.slice(e, pg.word(e), pg.word(e+4)); err != nil {
			return err
		}
		children[i] = binary.NativeEndian.Uint64(pg.b[e+8:])
	}
	if err := pg.ordered(keys, low, high); err != nil {
		return err
	}
	keys = append(keys, high)
	for i, child := range children {
		if err := p.tree(child, keys[i], keys[i+1], depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) leaf(pg page, low, high []byte, depth int) error {
	entries, err := pg.entries(low, high)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.bucket {
			continue
		}
		if len(e.value) < bucketHeader {
			return damaged("page %d has half a bucket", pg.id)
		}
		if root := binary.NativeEndian.Uint64(e.value); root != 0 {
			if err := p.tree(root, nil, nil, depth+1); err != nil {
				return err
			}
			continue
		}
		// A small bucket is a page inside the value.
		inline := page{pg.id, e.value[bucketHeader:]}
		if len(inline.b) < pageHeader || inline.flags() != flagLeaf {
			return damaged("page %d has half a bucket", pg.id)
		}
		inside, err := inline.entries(nil, nil)
		if err != nil {
			return err
		}
		for _, e := range inside {
			if e.bucket {
				return damaged("page %d has a bucket in a bucket", pg.id)
			}
		}
	}
	return nil
}

// freelist checks the page that lists the free pages. It comes last: no page
// of the tree may be free.
func (p *pages) freelist(id uint64) error {
	pg, err := p.read(id)
	if err != nil {
		return err
	}
	if pg.flags() != flagFreelist {
		return damaged("page %d does not list free pages", id)
	}
	count, at := uint64(pg.count()), pageHeader
	if count == 0xFFFF { // too many for the header
		count, at = binary.NativeEndian.Uint64(pg.b[at:]), at+8
	}
	if count > uint64(len(pg.b)-at)/8 {
		return damaged("page %d lists %d free pages", id, count)
	}
	for last := uint64(1); count > 0; count, at = count-1, at+8 {
		free := binary.NativeEndian.Uint64(pg.b[at:])
		if free <= last || free >= p.high || p.seen[free] {
			return damaged("page %d lists page %d as free", id, free)
		}
		last = free
	}
	return nil
}
