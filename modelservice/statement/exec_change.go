package statement

import (
	"context"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

func (x executor) create(ctx context.Context, s Create) error {
	t, name, err := x.resolve(s.On)
	if err != nil {
		return err
	}
	n := modelservice.NewObject{Name: name.Leaf(), Comment: s.Comment}
	if t == catalog.TypeCatalog {
		_, err = x.ms.CreateCatalog(ctx, x.caller, n)
	} else {
		_, err = x.ms.CreateSchema(ctx, x.caller, name.Parent(), n)
		err = x.hinted(err, catalog.TypeCatalog, name.Parent())
	}
	if s.IfNotExists && is(err, modelservice.CodeAlreadyExists) {
		return nil
	}
	return err
}

func (x executor) drop(ctx context.Context, s Drop) error {
	t, name, err := x.resolve(s.On)
	if err != nil {
		if s.IfExists && is(err, modelservice.CodeDoesNotExist) {
			return nil // a kind that this catalog has not (ruling R23)
		}
		return err
	}
	err = x.ms.Drop(ctx, x.caller, t, name, &modelservice.DropOptions{IfExists: s.IfExists, Force: s.Behavior == "CASCADE"})
	return x.hinted(err, t, name)
}

func (x executor) changeOwner(ctx context.Context, s ChangeOwner) error {
	return x.update(ctx, s.On, modelservice.Change{Owner: &s.To})
}

func (x executor) comment(ctx context.Context, s Comment) error {
	comment := ""
	if s.Text != nil {
		comment = *s.Text
	}
	return x.update(ctx, s.On, modelservice.Change{Comment: &comment})
}

// rename gives a table another name in the schema it is in.
func (x executor) rename(ctx context.Context, s Rename) error {
	_, name, err := x.resolve(s.On)
	if err != nil {
		return err
	}
	if len(s.To) > 1 {
		to, err := catalog.NewFullName(s.To...)
		if err != nil || to.Parent() != name.Parent() {
			return invalid("A table stays in its schema: the new name is one part, or %s and one part, not %s.",
				QuoteName(nameParts(name.Parent())), clip(QuoteName(s.To)))
		}
	}
	return x.update(ctx, s.On, modelservice.Change{Name: &s.To[len(s.To)-1]})
}

func (x executor) update(ctx context.Context, on Securable, c modelservice.Change) error {
	t, name, err := x.resolve(on)
	if err != nil {
		return err
	}
	_, err = x.ms.Update(ctx, x.caller, t, name, c)
	return x.hinted(err, t, name)
}
