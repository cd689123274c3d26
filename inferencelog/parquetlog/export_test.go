package parquetlog

import "github.com/modelward/modelward/inferencelog"

// OpenFailing is Open with changes of the folder failing as told.
func OpenFailing(dir string, opts *Options, fail func(op, path string) error) (*Sink, error) {
	return open(dir, opts, &disk{fail: fail})
}

// RoundTrip returns the record as a spool has it.
func RoundTrip(l inferencelog.Layout, r *inferencelog.Record) (*inferencelog.Record, error) {
	s, err := newShape(l.Columns())
	if err != nil {
		return nil, err
	}
	made := &inferencelog.Record{}
	return made, s.decode(s.appendRow(nil, r), func(i int, x cell) error { return s.columns[i].put(made, x) })
}

// Decode reads what may be no row at all.
func Decode(l inferencelog.Layout, row []byte) error {
	s, err := newShape(l.Columns())
	if err != nil {
		return err
	}
	made := &inferencelog.Record{}
	return s.decode(row, func(i int, x cell) error { return s.columns[i].put(made, x) })
}
