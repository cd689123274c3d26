package boltpages

import (
	"bytes"
	"encoding/binary"
)

// page is a page of bbolt's with its overflow, or the page that an inline
// bucket is.
type page struct {
	id uint64
	b  []byte
}

func (pg page) flags() int { return int(binary.NativeEndian.Uint16(pg.b[8:])) }
func (pg page) count() int { return int(binary.NativeEndian.Uint16(pg.b[10:])) }

func (pg page) word(at int) int { return int(binary.NativeEndian.Uint32(pg.b[at:])) }

// element returns where the i-th element is.
func (pg page) element(i int) (int, error) {
	at := pageHeader + i*element
	if at+element > len(pg.b) {
		return 0, damaged("page %d has no room for %d elements", pg.id, pg.count())
	}
	return at, nil
}

// slice returns size bytes at an offset from an element.
func (pg page) slice(element, offset, size int) ([]byte, error) {
	from := element + offset
	if from > len(pg.b) || size > len(pg.b)-from {
		return nil, damaged("page %d points beyond its end", pg.id)
	}
	return pg.b[from : from+size], nil
}

// ordered checks that keys grow and lie from low up to high; nil is no bound.
func (pg page) ordered(keys [][]byte, low, high []byte) error {
	for i, key := range keys {
		if len(key) == 0 || i > 0 && bytes.Compare(keys[i-1], key) >= 0 ||
			i == 0 && bytes.Compare(low, key) > 0 || high != nil && bytes.Compare(key, high) >= 0 {
			return damaged("page %d has keys out of order", pg.id)
		}
	}
	return nil
}

// entry is an element of a leaf page.
type entry struct {
	bucket     bool
	key, value []byte
}

func (pg page) entries(low, high []byte) ([]entry, error) {
	all := make([]entry, pg.count())
	keys := make([][]byte, pg.count())
	for i := range all {
		e, err := pg.element(i)
		if err != nil {
			return nil, err
		}
		offset, keySize, valueSize := pg.word(e+4), pg.word(e+8), pg.word(e+12)
		if keys[i], err = pg.slice(e, offset, keySize); err != nil {
			return nil, err
		}
		all[i] = entry{bucket: pg.word(e)&flagBucket != 0, key: keys[i]}
		if all[i].value, err = pg.slice(e, offset+keySize, valueSize); err != nil {
			return nil, err
		}
	}
	return all, pg.ordered(keys, low, high)
}
