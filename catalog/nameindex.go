package catalog

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// nameIndex is an immutable hash table from names to ids, changed as [pages]
// are. It grows by one bucket at a time (linear hashing), so no change pays for
// many. Nothing shrinks: names that go leave room for those that come.
//
// A look-up in a large table costs little more than the way to the memory it
// needs. So a bucket lies in one piece, letters and all, and tags lead to the
// one entry that can be meant.
type nameIndex struct {
	seed    maphash.Seed
	buckets pages[bucket]
	width   uint64 // number of buckets; 0 for none
	entries uint64

	loading bool    // nothing is looked up until fill
	waiting []entry // for fill
}

// bucket holds entries, packed: a tag for each of the first eight, a byte each
// and 0 for none; where each entry begins and where the last one ends, four
// bytes each; and then the entries: id, container, name space, kind, name.
// Numbers begin with their lowest byte.
type bucket string

// entry says what a name stands for.
type entry struct {
	name nameKey
	kind uint8
	id   uint64
}

// nameKey is a name in a container, and the name space it is in there. Names of
// principals are in no container.
type nameKey struct {
	in    ID
	space uint8
	name  string
}

const (
	perBucket = 5 // entries, on average
	eachByte  = 0x0101010101010101

	tagged = 8 // entries that have tags, and the length of these

	// Where the parts of a packed entry are.
	packedIn, packedSpace, packedKind, packedName = 8, 16, 17, 18
)

// find returns the id of a name and the kind of what has it. The id is 0 where
// there is no such name.
func (x *nameIndex) find(key nameKey) (id uint64, kind uint8) {
	if x.width == 0 {
		return 0, 0
	}
	hash := x.hash(key)
	b := x.buckets.get(place(hash, x.width))
	if b == "" {
		return 0, 0
	}
	// A byte of the difference is 0 where the tag is the same. The lowest such
	// byte is found exactly; those above it may be found in vain.
	differ := u64le(b) ^ tag(hash)*eachByte
	for same := (differ - eachByte) &^ differ & (eachByte << 7); same != 0; same &= same - 1 {
		if n := bits.TrailingZeros64(same) / 8; b[n] != 0 {
			if e := b.at(n); is(e, key) {
				return u64le(e), e[packedKind]
			}
		}
	}
	for n := tagged; n < b.len(); n++ {
		if e := b.at(n); is(e, key) {
			return u64le(e), e[packedKind]
		}
	}
	return 0, 0
}

func (x *nameIndex) hash(key nameKey) uint64 {
	h := maphash.String(x.seed, key.name) ^ (uint64(key.in)<<8|uint64(key.space))*0x9e3779b97f4a7c15
	return h ^ h>>32
}

// tag is the part of a hash by which a bucket tells its entries apart, never 0.
func tag(hash uint64) uint64 { return hash>>56 | 1 }

// place returns the bucket of a hash, of width many.
func place(hash, width uint64) uint64 {
	mask := uint64(1)<<bits.Len64(width-1) - 1
	if n := hash & mask; n < width {
		return n
	}
	return hash & (mask >> 1)
}

// add puts a name in.
func (x *nameIndex) add(by *edit, e entry) {
	if x.loading {
		x.waiting = append(x.waiting, e)
		return
	}
	if x.entries++; x.entries > x.width*perBucket {
		x.widen(by)
	}
	b := x.buckets.slot(by, place(x.hash(e.name), x.width))
	*b = x.pack(append(b.entries(), e))
}

// fill ends loading: what was added so far goes in, all at once.
func (x *nameIndex) fill(by *edit) {
	all := x.waiting
	x.loading, x.waiting = false, nil
	x.entries = uint64(len(all))
	x.width = (x.entries + perBucket - 1) / perBucket
	// Entries in the order of their buckets: count, add up, lay out.
	ends := make([]int, x.width+1)
	places := make([]uint64, len(all))
	for i, e := range all {
		places[i] = place(x.hash(e.name), x.width)
		ends[places[i]]++
	}
	for n, sum := range ends {
		if n > 0 {
			ends[n] = ends[n-1] + sum
		}
	}
	ordered := make([]entry, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		ends[places[i]]--
		ordered[ends[places[i]]] = all[i]
	}
	for n := range x.width {
		if begin, end := ends[n], ends[n+1]; begin < end {
			*x.buckets.slot(by, n) = x.pack(ordered[begin:end])
		}
	}
}

// remove takes the name of an id out.
func (x *nameIndex) remove(by *edit, key nameKey, id uint64) {
	if x.width == 0 {
		return
	}
	b := x.buckets.slot(by, place(x.hash(key), x.width))
	var rest []entry
	for _, e := range b.entries() {
		if e.id == id {
			x.entries--
		} else {
			rest = append(rest, e)
		}
	}
	*b = x.pack(rest)
}

// widen adds one bucket and moves into it what now belongs there.
func (x *nameIndex) widen(by *edit) {
	fresh := x.width
	x.width++
	if fresh == 0 {
		return
	}
	from := x.buckets.slot(by, place(fresh, fresh)) // where its entries have been so far
	var stay, move []entry
	for _, e := range from.entries() {
		if place(x.hash(e.name), x.width) == fresh {
			move = append(move, e)
		} else {
			stay = append(stay, e)
		}
	}
	*from = x.pack(stay)
	*x.buckets.slot(by, fresh) = x.pack(move)
}

func (x *nameIndex) pack(all []entry) bucket {
	if len(all) == 0 {
		return ""
	}
	begin := tagged + 4*(len(all)+1)
	size := begin
	for _, e := range all {
		size += packedName + len(e.name.name)
	}
	b := make([]byte, begin, size)
	for n, e := range all {
		if n < tagged {
			b[n] = byte(tag(x.hash(e.name)))
		}
		binary.LittleEndian.PutUint32(b[tagged+4*n:], uint32(len(b)))
		b = binary.LittleEndian.AppendUint64(b, e.id)
		b = binary.LittleEndian.AppendUint64(b, uint64(e.name.in))
		b = append(b, e.name.space, e.kind)
		b = append(b, e.name.name...)
	}
	binary.LittleEndian.PutUint32(b[tagged+4*len(all):], uint32(len(b)))
	return bucket(b)
}

// len returns how many entries there are.
func (b bucket) len() int {
	if b == "" {
		return 0
	}
	return int(b.bound(0)-tagged)/4 - 1
}

// bound is where entry n begins and the one before it ends.
func (b bucket) bound(n int) uint32 {
	s := b[tagged+4*n:]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// at returns a packed entry.
func (b bucket) at(n int) bucket { return b[b.bound(n):b.bound(n+1)] }

// is reports whether a packed entry is that of a name.
func is(e bucket, key nameKey) bool {
	return u64le(e[packedIn:]) == uint64(key.in) && e[packedSpace] == key.space && string(e[packedName:]) == key.name
}

func u64le(s bucket) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func (b bucket) entries() []entry {
	var all []entry
	for n := range b.len() {
		e := b.at(n)
		key := nameKey{ID(u64le(e[packedIn:])), e[packedSpace], string(e[packedName:])}
		all = append(all, entry{key, e[packedKind], u64le(e)})
	}
	return all
}
