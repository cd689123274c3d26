package modelservice

// retable pauses, resumes or detaches the table that a service has, and changes
// what goes there. Which one that is cannot be changed (spec §6.1). For one that
// is to be made, it checks the name, which may be made from that of the service.
func (b *binder) retable(at place, c *ServiceChange, next *bound, reads *InferenceTable) error {
	t := c.InferenceTable
	switch {
	case c.DetachTable:
		next.Table = nil
		return nil
	case t == nil:
		return nil
	case next.Table == nil:
		if _, _, err := t.tableName(at.name.Object); err != nil {
			return err
		}
		return b.m.checkDurability(t.Durability)
	}
	name, _, err := t.tableName("")
	if err != nil {
		return err
	}
	const words = "The inference table of a service is where it is, '%s': remove it from the service before another one is given."
	full := reads.Parent + "." + reads.Table
	if name.Parent().String() != reads.Parent {
		return invalid("config.inference_table.parent", words, full)
	}
	// A table that was renamed is still shown with the prefix that it was made with.
	asShown := t.Table == "" && t.Prefix == reads.Prefix
	if named := t.Table != "" || t.Prefix != ""; named && !asShown && name.Object != reads.Table {
		return invalid("config.inference_table.table_name_prefix", words, full)
	}
	was := *next.Table
	next.Table.take(t)
	if next.Table.Durability != was.Durability { // what is there stays where the log has no journal any more
		if err := b.m.checkDurability(t.Durability); err != nil {
			return err
		}
	}
	unkept, stopping := b.m.stops.of(at.id, was.ID)
	stopped := was.Stopped != nil || stopping && unkept.resumes == was.Resumes
	if stopped && c.KeepStopped {
		return nil
	}
	return b.resume(next.Table, was.Disabled, stopped)
}

// resume begins to log again, after a pause or a stop, if that is what is asked
// for: then the owner's rights must be enough. A table that was dropped does not
// come back by that.
func (b *binder) resume(t *boundTable, paused, stopped bool) error {
	if _, alive := b.s.Node(t.ID); !alive || t.Disabled || !paused && !stopped {
		return nil
	}
	if why := b.m.ownerLacks(b.s, b.owner, t.ID); why != "" {
		return &Error{Code: CodePermissionDenied, Field: "config.inference_table", Message: why}
	}
	if stopped {
		t.Stopped = nil
		t.Resumes++
	}
	return nil
}
