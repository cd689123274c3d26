package inferencelog

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/modelward/modelward/inferencelog/internal/segments"
)

// maxRejected bounds the file of rows that were put aside.
const maxRejected = 64 << 20

var errAsideFull = errors.New("inferencelog: rejected.jsonl is full")

// quarantine puts a row aside that the sink has rejected.
func (k *keeper) quarantine(l *Logger, table uint64, r *Record, why error) {
	line := fmt.Appendf(nil, `{"table_id":"%d","why":`, table)
	line = appendJSONText(line, why.Error())
	line = append(line, `,"row":`...)
	line = append(r.AppendJSON(line, Payload), '}', '\n')
	if err := k.putAside(line); err != nil {
		l.zap.Error("inference log row that was rejected is not put aside", zap.Uint64("table", table), zap.String("row", r.ID), zap.Error(err))
	}
}

// unreadable puts a frame aside that is no row of this version's.
func (k *keeper) unreadable(l *Logger, f segments.Frame) {
	line := fmt.Appendf(nil, `{"why":"not a row of this version","frame":"%s"}`+"\n", base64.StdEncoding.EncodeToString(f.Data))
	l.zap.Error("inference log journal has a row of another version, which is put aside", zap.Uint64("number", f.Seq))
	if err := k.putAside(line); err != nil {
		l.zap.Error("inference log row of another version is not put aside", zap.Uint64("number", f.Seq), zap.Error(err))
	}
}

// putAside appends a line to rejected.jsonl, whole or not at all.
func (j *Journal) putAside(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.rejected == nil {
		f, err := os.OpenFile(filepath.Join(j.dir, "rejected.jsonl"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return err
		}
		j.rejected = f
	}
	info, err := j.rejected.Stat()
	if err != nil {
		return err
	}
	if info.Size()+int64(len(line)) > maxRejected {
		return errAsideFull
	}
	if _, err := j.rejected.Write(line); err != nil {
		return errors.Join(err, j.rejected.Truncate(info.Size()))
	}
	return j.rejected.Sync()
}
