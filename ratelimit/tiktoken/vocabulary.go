package tiktoken

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"math"
	"strconv"
)

// none is the rank of what is no token.
const none = math.MaxUint32

// vocabulary is the tokens of an encoding and their ranks. It does not change.
type vocabulary struct {
	text    []byte   // all tokens, in the order of their ranks
	starts  []uint32 // where the token of a rank begins, and where the last ends
	longest int      // bytes

	// pairs has the rank of every token of two bytes, which is where merging
	// begins.
	pairs []uint32

	seed  maphash.Seed
	slots []slot // an open table, a power of two long and never half full
}

type slot struct {
	hash uint32 // the half that is not the place
	next uint32 // rank + 1, or 0 for an empty slot
}

// parseVocabulary reads what OpenAI publishes: lines of a token in base 64 and
// its rank, in the order of ranks from 0 without a gap.
func parseVocabulary(file []byte) (*vocabulary, error) {
	n := bytes.Count(file, []byte("\n")) + 1
	v := &vocabulary{
		text:   make([]byte, 0, len(file)/2),
		starts: make([]uint32, 1, n+1),
		pairs:  make([]uint32, 1<<16),
		seed:   maphash.MakeSeed(),
	}
	size := 1
	for size < 2*n {
		size *= 2
	}
	v.slots = make([]slot, size)
	for i := range v.pairs {
		v.pairs[i] = none
	}
	single := 0
	for line := range bytes.Lines(file) {
		rank := uint32(len(v.starts) - 1)
		coded, number, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
		text, err := base64.StdEncoding.AppendDecode(v.text, coded)
		if err != nil || string(number) != strconv.Itoa(int(rank)) {
			return nil, fmt.Errorf("line %d is not the token of rank %d", rank+1, rank)
		}
		token := text[len(v.text):]
		if len(token) == 0 || v.rank(token) != none {
			return nil, fmt.Errorf("the token of rank %d is empty or there twice", rank)
		}
		v.text, v.starts = text, append(v.starts, uint32(len(text)))
		v.put(token, rank)
		switch len(token) {
		case 1:
			single++
		case 2:
			v.pairs[pair(token)] = rank
		}
	}
	if single != 1<<8 {
		return nil, fmt.Errorf("%d of 256 bytes are tokens", single)
	}
	v.text = bytes.Clone(v.text) // no longer than it is
	return v, nil
}

func (v *vocabulary) put(token []byte, rank uint32) {
	v.longest = max(v.longest, len(token))
	h := maphash.Bytes(v.seed, token)
	i := v.place(h)
	for v.slots[i].next != 0 {
		i = v.place(uint64(i) + 1)
	}
	v.slots[i] = slot{uint32(h >> 32), rank + 1}
}

func (v *vocabulary) place(h uint64) int { return int(h & uint64(len(v.slots)-1)) }

// rank returns the rank of the token that piece is, or none.
func (v *vocabulary) rank(piece []byte) uint32 {
	if len(piece) > v.longest {
		return none
	}
	h := maphash.Bytes(v.seed, piece)
	for i := v.place(h); v.slots[i].next != 0; i = v.place(uint64(i) + 1) {
		if s := v.slots[i]; s.hash == uint32(h>>32) && string(v.token(s.next-1)) == string(piece) {
			return s.next - 1
		}
	}
	return none
}

// token returns the bytes of a token, not to be changed.
func (v *vocabulary) token(rank uint32) []byte { return v.text[v.starts[rank]:v.starts[rank+1]] }

func pair(two []byte) int { return int(two[0])<<8 | int(two[1]) }
