package inferencelogtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/modelward/modelward/inferencelog"
)

// change is one line of a [File]: a table created or dropped, or rows written to one.
type change struct {
	Create *inferencelog.Table `json:",omitempty"`
	Drop   uint64              `json:",omitempty"`
	Table  uint64              `json:",omitempty"`
	Rows   []*row              `json:",omitempty"`
}

// row is a record field by field, bodies in base64: null and empty stay apart, and every byte is kept.
type row inferencelog.Record

var errDamaged = errors.New("damaged line")

// encode returns the change as a line: a checksum, a blank, JSON.
func (c change) encode() ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text), nil
}

func decodeChange(line []byte) (change, error) {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	if !ok || string(sum) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(text)) {
		return change{}, errDamaged
	}
	var c change
	err := json.Unmarshal(text, &c)
	return c, err
}
