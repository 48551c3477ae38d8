// Package importer turns objects of other autoscalers into HorizontalAutoscalers and ScaleWindows: decoded objects go in,
// Flyball's objects and a report come out.
//
// The rule is lossless or loud. A source reads fields through [node], which records them; every field that no source read
// is in the report as [LeftOut]. A field that nobody thought of can therefore not be lost without an entry.
//
// The package never reads files, a cluster or a clock, and prints nothing.
package importer
