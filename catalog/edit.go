package catalog

import "github.com/hashicorp/go-memdb"

// insert and remove are the two ways in which a row changes, wherever it is
// kept: principals and members in go-memdb and in the index over it, securables
// and grants in the index alone. They return the row that was there before, or
// nil.

func insert(txn *memdb.Txn, x *index, row any) (old any, err error) {
	if old, err = present(txn, x, row); err != nil {
		return nil, err
	}
	if kind := rowKind(row); kind.inTable() {
		if err := txn.Insert(kind.table(), row); err != nil {
			return nil, err
		}
	}
	x.put(row, old)
	return old, nil
}

func remove(txn *memdb.Txn, x *index, row any) (old any, err error) {
	if old, err = present(txn, x, row); err != nil || old == nil {
		return nil, err
	}
	if kind := rowKind(row); kind.inTable() {
		if err := txn.Delete(kind.table(), old); err != nil {
			return nil, err
		}
	}
	x.remove(old)
	return old, nil
}

// present returns the row with the key of the given one, or nil.
func present(txn *memdb.Txn, x *index, row any) (any, error) {
	switch r := row.(type) {
	case *securableRow:
		if o := x.object(r.ID); o != nil {
			return o.row, nil
		}
		return nil, nil
	case *grantRow:
		if x.granted(r.Grant) {
			return r, nil
		}
		return nil, nil
	}
	return txn.First(rowKind(row).table(), byID, primaryKey(row))
}
