// Package importer turns objects of other autoscalers into HorizontalAutoscalers and ScaleWindows: decoded objects go in,
// Flyball's objects and a report come out.
//
// An import is lossless or loud: a source reads fields through [node], which records them, and the report lists each field that
// no source read as [LeftOut]. The package is pure.
package importer
