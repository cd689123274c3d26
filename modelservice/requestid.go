package modelservice

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// NewRequestID returns a new id in the form of a random UUID. It is unique,
// not secret.
func NewRequestID() string {
	var room [requestIDLength]byte
	return string(appendRequestID(room[:0]))
}

const requestIDLength = 36

func appendRequestID(to []byte) []byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], rand.Uint64())
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var s [requestIDLength]byte
	hex.Encode(s[0:8], b[0:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:36], b[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return append(to, s[:]...)
}
