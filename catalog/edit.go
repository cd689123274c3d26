package catalog

import "github.com/hashicorp/go-memdb"

// insert and remove are the two ways in which a row changes: in the rows and in
// the index over them, together.

// insert puts a row in place of the one with its key, if there is one.
func insert(txn *memdb.Txn, x *index, kind RowKind, row any) error {
	old, err := present(txn, kind, row)
	if err != nil {
		return err
	}
	if err := txn.Insert(kind.table(), row); err != nil {
		return err
	}
	x.put(row, old)
	return nil
}

// remove takes out the row with the key of the given one, if there is one.
func remove(txn *memdb.Txn, x *index, kind RowKind, row any) error {
	old, err := present(txn, kind, row)
	if err != nil || old == nil {
		return err
	}
	if err := txn.Delete(kind.table(), old); err != nil {
		return err
	}
	x.remove(old)
	return nil
}

func present(txn *memdb.Txn, kind RowKind, row any) (any, error) {
	return txn.First(kind.table(), byID, primaryKey(row))
}
