package inferencelog

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"

	"go.uber.org/zap"
)

// readBack remembers the last rows of a file. What cannot be read is passed over: it may make a row be there twice, and
// that is better than a sink that does not open.
func (s *JSONFiles) readBack(f rowFile) {
	if err := s.readRows(f); err != nil {
		if line := s.opts.zap().Check(zap.WarnLevel, "rows cannot be read back"); line != nil {
			line.Write(zap.String("file", f.name), zap.Error(err))
		}
	}
}

func (s *JSONFiles) readRows(f rowFile) error {
	file, err := s.root.Open(f.name)
	if err != nil {
		return err
	}
	defer file.Close()
	var from io.Reader = file
	if f.zipped {
		if from, err = gzip.NewReader(bufio.NewReader(file)); err != nil {
			return err
		}
	}
	r := bufio.NewReaderSize(from, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if id, ok := rowOfLine(line); ok {
			s.recent.add(id)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// rowOfLine tells whose line it is, if it is a whole one.
func rowOfLine(line []byte) (lineID, bool) {
	var row struct {
		Table uint64 `json:"table_id,string"`
		ID    string `json:"invocation_id"`
	}
	if json.Unmarshal(line, &row) != nil || row.ID == "" {
		return lineID{}, false
	}
	return lineID{row.Table, row.ID}, true
}
