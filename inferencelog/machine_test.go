package inferencelog_test

import (
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestLoggerOverMemory(t *testing.T) {
	inferencelogtest.TestLogger(t, func(*testing.T) inferencelog.LogSink { return inferencelog.NewMemory() })
}

func TestLoggerOverFile(t *testing.T) {
	inferencelogtest.TestLogger(t, func(t *testing.T) inferencelog.LogSink {
		sink, err := inferencelogtest.OpenFile(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return sink
	})
}

func TestLoggerOverFanOut(t *testing.T) {
	inferencelogtest.TestLogger(t, func(*testing.T) inferencelog.LogSink {
		return inferencelog.FanOut(inferencelog.NewMemory(), inferencelog.NewMemory())
	})
}

func TestLoggerOverJSONFiles(t *testing.T) {
	inferencelogtest.TestLogger(t, func(t *testing.T) inferencelog.LogSink {
		sink, err := inferencelog.OpenJSONFiles(t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return sink
	})
}
