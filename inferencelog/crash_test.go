package inferencelog_test

import (
	"flag"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

var kills = flag.Int("kills", 50, "how many processes TestJournalSurvivesKills kills")

func TestJournalSurvivesKills(t *testing.T) {
	inferencelogtest.Crash(t, inferencelogtest.CrashOptions{
		Kills: *kills,
		Open:  func(dir string) (inferencelog.LogSink, error) { return inferencelogtest.OpenFile(dir) },
	})
}
