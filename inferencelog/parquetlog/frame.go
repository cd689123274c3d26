package parquetlog

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/modelward/modelward/inferencelog"
)

// A spool is a file of frames: first one that holds the columns as JSON, then one for each batch. A frame is
//
//	length of the content, number of rows, checksum of the content, checksum of these three; 4 bytes each, little endian
//	content: the rows, each with its length in 4 bytes
//
// What does not check is no frame. Frames that were being written when the process ended are the end of the file.

const (
	frameHead   = 16
	maxContent  = math.MaxUint32 - frameHead
	columnsMark = math.MaxUint32 // the number of rows in the frame of the columns
)

// castagnoli is computed by the processor itself on most machines.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal fills in the head of a frame: the first bytes of it, which were left free.
func seal(frame []byte, rows uint32) {
	content := frame[frameHead:]
	binary.LittleEndian.PutUint32(frame, uint32(len(content)))
	binary.LittleEndian.PutUint32(frame[4:], rows)
	binary.LittleEndian.PutUint32(frame[8:], crc32.Checksum(content, castagnoli))
	binary.LittleEndian.PutUint32(frame[12:], crc32.Checksum(frame[:12], castagnoli))
}

// columnsFrame returns the first frame of a spool.
func columnsFrame(s *shape) ([]byte, error) {
	text, err := json.Marshal(s.list())
	if err != nil {
		return nil, err
	}
	frame := append(make([]byte, frameHead), text...)
	seal(frame, columnsMark)
	return frame, nil
}

// scanner reads the frames of a spool in their order.
type scanner struct {
	file io.ReaderAt
	size int64 // where to stop
	at   int64 // the next frame

	// room returns memory for the content of a frame.
	room func(n int) []byte

	// damage is what was found wrong beside a torn end: rows are missing.
	damage error
}

// next returns the content of the next whole frame and where it is in the file, or io.EOF after the last one.
func (s *scanner) next() (content []byte, rows uint32, at int64, err error) {
	for {
		content, rows, at, err = s.frame()
		if err != nil || content != nil {
			return content, rows, at, err
		}
	}
}

// frame returns the next frame, or no content when it is damaged and was passed over.
func (s *scanner) frame() (content []byte, rows uint32, at int64, err error) {
	var head [frameHead]byte
	if s.size-s.at < frameHead {
		return nil, 0, 0, io.EOF
	}
	if _, err := s.file.ReadAt(head[:], s.at); err != nil {
		return nil, 0, 0, err
	}
	if crc32.Checksum(head[:12], castagnoli) != binary.LittleEndian.Uint32(head[12:]) {
		blank, err := s.blank()
		if err == nil && !blank {
			s.damage = fmt.Errorf("parquetlog: spool is damaged from byte %d on", s.at)
		}
		if err == nil {
			err = io.EOF
		}
		return nil, 0, 0, err
	}
	length := int64(binary.LittleEndian.Uint32(head[:]))
	if length > s.size-s.at-frameHead {
		return nil, 0, 0, io.EOF
	}
	content = s.room(int(length))
	at = s.at + frameHead
	if _, err := s.file.ReadAt(content, at); err != nil {
		return nil, 0, 0, err
	}
	s.at = at + length
	if crc32.Checksum(content, castagnoli) != binary.LittleEndian.Uint32(head[8:]) {
		s.damage = fmt.Errorf("parquetlog: spool is damaged at byte %d", at)
		return nil, 0, 0, nil
	}
	return content, binary.LittleEndian.Uint32(head[4:]), at, nil
}

// blank reports whether the rest of the file is zeros, which is what a power cut may leave of a frame.
func (s *scanner) blank() (bool, error) {
	b := make([]byte, 4096)
	for at := s.at; at < s.size; at += int64(len(b)) {
		b = b[:min(int64(len(b)), s.size-at)]
		if _, err := s.file.ReadAt(b, at); err != nil {
			return false, err
		}
		for _, c := range b {
			if c != 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// columns reads the first frame.
func (s *scanner) columns() ([]inferencelog.Column, error) {
	content, rows, _, err := s.next()
	if err != nil {
		return nil, err
	}
	var list []inferencelog.Column
	if rows != columnsMark {
		return nil, errors.New("parquetlog: spool without columns")
	}
	if err := json.Unmarshal(content, &list); err != nil {
		return nil, fmt.Errorf("parquetlog: columns of a spool: %w", err)
	}
	return list, nil
}

// cut returns the first row of a frame's content, and the rest.
func cut(content []byte) (row, rest []byte, err error) {
	head, rest, err := take(content, 4)
	if err != nil {
		return nil, nil, err
	}
	return take(rest, uint64(binary.LittleEndian.Uint32(head)))
}
