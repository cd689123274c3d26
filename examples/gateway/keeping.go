package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/parquetlog"
	"github.com/modelward/modelward/inferencelog/sqlitelog"
	"go.uber.org/zap"
)

// keeping is how inference tables are kept. It needs a data_dir.
type keeping struct {
	// Age is how long rows are kept, as a Go duration such as "720h". Default: for ever.
	Age *duration `json:"age"`
	// Bytes is how much of the file of tables may be in use; when it is more, the oldest rows go. Default: no limit.
	Bytes *int64 `json:"bytes"`
	// ParquetDir is a folder in which every row is kept as Parquet as well, for other tools. A row counts as stored when
	// both have it. Default: none.
	ParquetDir *string `json:"parquet_dir"`
}

// tables are the settings that come of keeping.
type tables struct {
	age     time.Duration // 0: for ever
	bytes   int64         // 0: no limit
	parquet string        // a folder; empty: none
}

func (k *keeping) check(dataDir string) (t tables, err error) {
	if dataDir == "" && *k != (keeping{}) {
		return t, faultf("/inference_tables", "needs a data_dir")
	}
	if k.Age != nil {
		if t.age = time.Duration(*k.Age); t.age <= 0 {
			return t, faultf("/inference_tables/age", "must be more than 0s")
		}
	}
	if k.Bytes != nil {
		if t.bytes = *k.Bytes; t.bytes <= 0 {
			return t, faultf("/inference_tables/bytes", "must be more than 0")
		}
	}
	if k.ParquetDir != nil {
		if t.parquet = *k.ParquetDir; t.parquet == "" {
			return t, faultf("/inference_tables/parquet_dir", "must not be empty")
		}
		if filepath.Clean(t.parquet) == filepath.Clean(dataDir) || filepath.Clean(t.parquet) == "." {
			return t, faultf("/inference_tables/parquet_dir", "must be a folder of its own")
		}
	}
	return t, nil
}

// openLog opens what inference tables are kept in, and the log before it.
func (g *gateway) openLog(s *settings, logger *zap.Logger) error {
	opts := &inferencelog.Options{Zap: logger}
	g.sink = inferencelog.NewMemory()
	if s.dataDir != "" {
		file, err := sqlitelog.Open(filepath.Join(s.dataDir, "tables.db"), &sqlitelog.Options{MaxAge: s.tables.age, MaxBytes: s.tables.bytes})
		if err != nil {
			return err
		}
		g.sink = file
		if s.tables != (tables{}) {
			g.pruning = prune(file, logger)
		}
		if s.tables.parquet != "" {
			files, err := parquetlog.Open(s.tables.parquet, &parquetlog.Options{MaxAge: s.tables.age})
			if err != nil {
				return &fault{"/inference_tables/parquet_dir", err.Error()}
			}
			g.sink = inferencelog.FanOut(file, files)
		}
		if opts.Journal, err = inferencelog.OpenJournal(filepath.Join(s.dataDir, "journal"), nil); err != nil {
			return err
		}
	}
	g.log = inferencelog.New(g.sink, opts)
	return nil
}

// pruneEvery is how often what is too old or too much is looked for when there are no rows to write, which look for it
// themselves.
const pruneEvery = time.Minute

// prune deletes what is not to be kept, until the function that it returns is called.
func prune(file *sqlitelog.Sink, logger *zap.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(pruneEvery)
		defer ticker.Stop()
		for {
			if _, err := file.Prune(ctx); err != nil && ctx.Err() == nil {
				logger.Warn("rows that are too old are not deleted", zap.Error(err))
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// closeLog drains the log and closes what it writes to. It returns how many rows were lost since the start.
func (g *gateway) closeLog(ctx context.Context) (lost int64, err error) {
	if g.pruning != nil {
		g.pruning()
	}
	if g.log != nil {
		lost, err = g.log.Close(ctx)
	}
	if g.sink != nil {
		err = errors.Join(err, g.sink.Close())
	}
	return lost, err
}
