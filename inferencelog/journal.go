package inferencelog

// Journal is a folder with the rows that were acknowledged and that the sink has not taken yet. Open one with
// [OpenJournal] and give it to a logger as [Options].Journal.
type Journal struct{}
