package inferencelog_test

import (
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

func TestMemoryLaws(t *testing.T) {
	inferencelogtest.TestSink(t, func(*testing.T) inferencelog.LogSink { return inferencelog.NewMemory() }, &inferencelogtest.Features{
		Forgetful: "its rows live in memory",
	})
}
