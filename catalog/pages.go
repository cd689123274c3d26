package catalog

import "iter"

// pages is an immutable table from small numbers to values: a radix tree, of
// which a change copies the one path that it touches. What a change has copied
// once it may change again in place, under the same [edit]. The zero pages is
// empty; values that were never set are zero.
type pages[V any] struct {
	root   *trunk[V]
	height int // of trunks above the lowest
}

// edit is the right to change in place what was made under it. It ends when
// the result is published: nobody holds it any more then.
type edit struct{ _ byte }

const (
	leafBits, branchBits, trunkBits = 6, 8, 6

	leafMask, branchMask, trunkMask = 1<<leafBits - 1, 1<<branchBits - 1, 1<<trunkBits - 1

	trunkShift = leafBits + branchBits // below the lowest trunk
)

type (
	leaf[V any] struct {
		by *edit
		at [1 << leafBits]V
	}
	branch[V any] struct {
		by *edit
		at [1 << branchBits]*leaf[V]
	}
	// trunk has branches on the lowest level and trunks above it. Few tables
	// have more than one.
	trunk[V any] struct {
		by       *edit
		branches [1 << trunkBits]*branch[V]
		trunks   *[1 << trunkBits]*trunk[V]
	}
)

// get returns the value at n.
func (p *pages[V]) get(n uint64) (v V) {
	if at := p.at(n); at != nil {
		v = *at
	}
	return v
}

// at returns where the value at n is, to be read, or nil.
func (p *pages[V]) at(n uint64) *V {
	t := p.root
	for h := p.height; h > 0; h-- {
		if t == nil {
			return nil
		}
		t = t.trunks[n>>(trunkShift+h*trunkBits)&trunkMask]
	}
	if t == nil || n>>trunkShift > trunkMask && p.beyond(n) {
		return nil
	}
	b := t.branches[n>>trunkShift&trunkMask]
	if b == nil {
		return nil
	}
	l := b.at[n>>leafBits&branchMask]
	if l == nil {
		return nil
	}
	return &l.at[n&leafMask]
}

// beyond reports whether n has more digits than the tree has levels.
func (p *pages[V]) beyond(n uint64) bool {
	shift := trunkShift + (p.height+1)*trunkBits
	return shift < 64 && n>>shift != 0
}

// all yields every value there ever was a slot for, and its number, in order.
func (p *pages[V]) all() iter.Seq2[uint64, V] {
	return func(yield func(uint64, V) bool) { p.root.all(0, p.height, yield) }
}

func (t *trunk[V]) all(first uint64, height int, yield func(uint64, V) bool) bool {
	if t == nil {
		return true
	}
	if height > 0 {
		for i, below := range t.trunks {
			if !below.all(first|uint64(i)<<(trunkShift+height*trunkBits), height-1, yield) {
				return false
			}
		}
		return true
	}
	for i, b := range t.branches {
		if b == nil {
			continue
		}
		for j, l := range b.at {
			if l == nil {
				continue
			}
			for k, v := range l.at {
				if !yield(first|uint64(i)<<trunkShift|uint64(j)<<leafBits|uint64(k), v) {
					return false
				}
			}
		}
	}
	return true
}

// slot returns where the value at n is, to be changed under e.
func (p *pages[V]) slot(e *edit, n uint64) *V {
	if p.root == nil {
		p.root = &trunk[V]{by: e}
	}
	for p.beyond(n) {
		up := &trunk[V]{by: e, trunks: new([1 << trunkBits]*trunk[V])}
		up.trunks[0] = p.root
		p.root = up
		p.height++
	}
	at := &p.root
	for h := p.height; ; h-- {
		t := *at
		switch {
		case t == nil:
			t = &trunk[V]{by: e}
			if h > 0 {
				t.trunks = new([1 << trunkBits]*trunk[V])
			}
			*at = t
		case t.by != e:
			mine := *t
			mine.by = e
			if mine.trunks != nil {
				trunks := *t.trunks
				mine.trunks = &trunks
			}
			t = &mine
			*at = t
		}
		if h == 0 {
			return t.slot(e, n)
		}
		at = &t.trunks[n>>(trunkShift+h*trunkBits)&trunkMask]
	}
}

func (t *trunk[V]) slot(e *edit, n uint64) *V {
	b := &t.branches[n>>trunkShift&trunkMask]
	switch {
	case *b == nil:
		*b = &branch[V]{by: e}
	case (*b).by != e:
		mine := **b
		mine.by = e
		*b = &mine
	}
	l := &(*b).at[n>>leafBits&branchMask]
	switch {
	case *l == nil:
		*l = &leaf[V]{by: e}
	case (*l).by != e:
		mine := **l
		mine.by = e
		*l = &mine
	}
	return &(*l).at[n&leafMask]
}
