package checkpoint

import (
	"reflect"
	"strings"
)

// describe names the fields of a type and of the types in it, such as {Replicas int32,Time time.Time}.
func describe(t reflect.Type) string {
	switch {
	case t.Kind() == reflect.Slice:
		return "[]" + describe(t.Elem())
	case t.Kind() != reflect.Struct || t.PkgPath() == "time":
		return t.String()
	}
	fields := make([]string, t.NumField())
	for i := range fields {
		fields[i] = t.Field(i).Name + " " + describe(t.Field(i).Type)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// readable reports whether a type can be read from a shard that was saved with another description: it has each field of the saved
// one, with the same name and a type that can be read. Fields that it has in addition are zero then.
func readable(saved, current string) bool {
	for strings.HasPrefix(saved, "[]") && strings.HasPrefix(current, "[]") {
		saved, current = saved[2:], current[2:]
	}
	if !strings.HasPrefix(saved, "{") || !strings.HasPrefix(current, "{") {
		return saved == current
	}
	fields := fieldsOf(current)
	for name, kind := range fieldsOf(saved) {
		if now, found := fields[name]; !found || !readable(kind, now) {
			return false
		}
	}
	return true
}

// fieldsOf returns the types of the fields of a description by their names. Text that is not a description has a field without a
// type, which no description has.
func fieldsOf(description string) map[string]string {
	fields := map[string]string{}
	depth, start := 0, 1
	for i, c := range description {
		switch c {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth == 0 || depth == 1 && c == ',' {
			name, kind, _ := strings.Cut(description[start:i], " ")
			fields[name] = kind
			start = i + 1
		}
	}
	return fields
}
