// Package doctor finds what keeps autoscalers from scaling, and what is about to: decoded objects and answers of APIs go in, and
// findings come out, ranked by harm.
//
// It examines HorizontalPodAutoscalers, KEDA's ScaledObjects and HorizontalAutoscalers. What was not read is not judged: a check whose
// input is missing finds nothing, and [Report.NotRead] names the input. The package is pure.
package doctor
