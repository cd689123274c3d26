package segments

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strconv"
	"strings"
)

// MaxFrame is the largest frame, in bytes.
const MaxFrame = 64 << 20

const (
	segmentHead = 20 // magic, version, first number, checksum
	frameHead   = 20 // length, number, checksum of the head, checksum of all

	magic   = "mwsg"
	version = 1

	suffix    = ".segment"
	lockName  = "lock"
	nameDigit = 20 // of the largest uint64, so that names sort like numbers
)

var (
	little     = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func fileName(first uint64) string {
	return fmt.Sprintf("%0*d%s", nameDigit, first, suffix)
}

// parseName returns the first number that a segment's name says.
func parseName(name string) (first uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok || len(digits) != nameDigit {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 10, 64)
	return first, err == nil && first > 0 && first < math.MaxUint64
}

func appendSegmentHead(b []byte, first uint64) []byte {
	n := len(b)
	b = append(b, magic...)
	b = little.AppendUint32(b, version)
	b = little.AppendUint64(b, first)
	return little.AppendUint32(b, crc32.Checksum(b[n:], castagnoli))
}

// parseSegmentHead says whether b is a head at all, and which.
func parseSegmentHead(b []byte) (first uint64, v uint32, ok bool) {
	if len(b) < segmentHead || string(b[:4]) != magic || little.Uint32(b[16:]) != crc32.Checksum(b[:16], castagnoli) {
		return 0, 0, false
	}
	return little.Uint64(b[8:]), little.Uint32(b[4:]), true
}

func appendFrameHead(b []byte, seq uint64, data []byte) []byte {
	n := len(b)
	b = little.AppendUint32(b, uint32(len(data)))
	b = little.AppendUint64(b, seq)
	head := crc32.Checksum(b[n:], castagnoli)
	b = little.AppendUint32(b, head)
	return little.AppendUint32(b, crc32.Update(head, castagnoli, data))
}

// A finding is what parseFrame found.
type finding int

const (
	whole   finding = iota
	short           // more bytes are needed to say
	badData         // the head is whole, the data is not
	badHead         // nothing can be said, not even where the next frame begins
)

// parseFrame looks at the frame that b begins with. Its size is that of the frame, or how much of it is needed when b
// is short; its data is a part of b.
func parseFrame(b []byte) (f Frame, size int64, is finding) {
	if len(b) < frameHead {
		return Frame{}, frameHead, short
	}
	length, head := little.Uint32(b), little.Uint32(b[12:])
	if head != crc32.Checksum(b[:12], castagnoli) || length > MaxFrame {
		return Frame{}, 0, badHead
	}
	f.Seq, size = little.Uint64(b[4:]), frameHead+int64(length)
	if int64(len(b)) < size {
		return f, size, short
	}
	f.Data = b[frameHead:size:size]
	if little.Uint32(b[16:]) != crc32.Update(head, castagnoli, f.Data) {
		return f, size, badData
	}
	return f, size, whole
}

// The mark in the lock file is the next number and a checksum.
const markSize = 12

func appendMark(b []byte, next uint64) []byte {
	n := len(b)
	b = little.AppendUint64(b, next)
	return little.AppendUint32(b, crc32.Checksum(b[n:], castagnoli))
}

func parseMark(b []byte) (next uint64, ok bool) {
	if len(b) < markSize || little.Uint32(b[8:]) != crc32.Checksum(b[:8], castagnoli) {
		return 0, false
	}
	return little.Uint64(b), true
}
