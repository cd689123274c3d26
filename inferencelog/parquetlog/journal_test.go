package parquetlog_test

import (
	"path/filepath"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
	"github.com/modelward/modelward/inferencelog/parquetlog"
)

// Whatever happens to the sink: the books of the logger balance, and what is acknowledged is kept.
func TestLogger(t *testing.T) {
	inferencelogtest.TestLogger(t, func(t *testing.T) inferencelog.LogSink {
		return open(t, filepath.Join(t.TempDir(), "sink"), nil)
	})
}

// Behind a journal a row that is acknowledged is there once, however often the process is killed.
func TestJournalSurvivesKills(t *testing.T) {
	inferencelogtest.Crash(t, inferencelogtest.CrashOptions{
		Kills: *kills / 2,
		Open: func(dir string) (inferencelog.LogSink, error) {
			return parquetlog.Open(filepath.Join(dir, "sink"), nil)
		},
	})
}
