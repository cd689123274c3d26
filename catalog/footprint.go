package catalog

import "unsafe"

// Footprint is about how many bytes a snapshot keeps in memory, without what
// the allocator rounds up. Snapshots share all that has not changed between
// them. The compiled content of kinds is not counted.
type Footprint struct {
	Rows      int64 // what securables, principals and members say
	Decisions int64 // what deciding reads: objects, grants, memberships, who holds what where
	Names     int64 // what finding and listing by name reads
}

// Footprint walks over everything there is, so it is no call for a request's
// path.
func (s *Snapshot) Footprint() Footprint {
	x := s.index
	var f Footprint
	for row := range s.securables() {
		f.Rows += size[securableRow]() + int64(len(row.Name)+len(row.Comment))
		for k, v := range row.Properties {
			f.Rows += int64(len(k) + len(v) + 32)
		}
	}
	f.Decisions = x.objects.size() + x.held.size() + x.identities.size()
	for _, o := range x.objects.all() {
		if o == nil {
			continue
		}
		f.Decisions += size[object]() + int64(cap(o.grants))*size[holding]()
		if o.more == nil {
			continue
		}
		f.Decisions += o.more.many.size()
		f.Names += size[more]() + int64(cap(o.more.inside))*size[siblings]()
		for _, family := range o.more.inside {
			f.Names += family.all.size()
		}
	}
	for _, held := range x.held.all() {
		f.Decisions += held.size()
	}
	for _, i := range x.identities.all() {
		if i == nil || i.row == nil {
			continue
		}
		f.Rows += size[principalRow]() + int64(len(i.row.Name)+len(i.row.folded)) + int64(len(i.groups))*size[memberRow]()
		f.Decisions += size[identity]() + int64(cap(i.groups))*size[PrincipalID]()
		if m := i.known.Load(); m != nil {
			f.Decisions += size[Memberships]() + int64(cap(m.all)+cap(m.table))*size[PrincipalID]()
		}
	}
	for _, names := range []*nameIndex{&x.containers, &x.names, &x.called} {
		f.Names += names.buckets.size()
		for _, b := range names.buckets.all() {
			f.Names += int64(len(b))
		}
	}
	return f
}

func size[T any]() int64 {
	var v T
	return int64(unsafe.Sizeof(v))
}

func (p *pages[V]) size() int64 { return p.root.size(p.height) }

func (t *trunk[V]) size(height int) int64 {
	if t == nil {
		return 0
	}
	n := size[trunk[V]]()
	if height > 0 {
		for _, below := range t.trunks {
			n += below.size(height - 1)
		}
		return n + size[[1 << trunkBits]*trunk[V]]()
	}
	for _, b := range t.branches {
		if b == nil {
			continue
		}
		n += size[branch[V]]()
		for _, l := range b.at {
			if l != nil {
				n += size[leaf[V]]()
			}
		}
	}
	return n
}

func (s *series[E]) size() int64 {
	if s == nil {
		return 0
	}
	n := size[series[E]]() + int64(cap(s.pieces))*size[piece[E]]()
	for _, p := range s.pieces {
		n += int64(cap(p.all)) * size[E]()
	}
	return n
}
