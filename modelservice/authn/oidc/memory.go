package oidc

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
)

// memory has the tokens that were found good, each in the one place that its
// hash says; a later one takes the place of an earlier one. So its size is
// bounded, reading and writing need no lock, and whoever has no good token leaves
// nothing in it.
type memory []atomic.Pointer[remembered]

// digest is the SHA-256 hash of a token. See authn.Tokens for why a look-up by
// it gives nothing away.
type digest [sha256.Size]byte

// remembered is one token. It is not changed once it is in a memory.
type remembered struct {
	id     digest
	span   span
	name   string // "": to be asked for, by the claims
	claims Claims
}

const maxMemory = 1 << 20

// newMemory returns a memory of that size; nil remembers nothing.
func newMemory(size int) memory {
	if size <= 0 {
		return nil
	}
	return make(memory, min(size, maxMemory))
}

func (m memory) place(id digest) *atomic.Pointer[remembered] {
	return &m[binary.LittleEndian.Uint64(id[:])%uint64(len(m))]
}

func (m memory) find(id digest) *remembered {
	if r := m.place(id).Load(); r != nil && r.id == id {
		return r
	}
	return nil
}

func (m memory) add(r *remembered) { m.place(r.id).Store(r) }
