// Package doctor finds what keeps autoscalers from scaling, and what is about to: decoded objects and answers of APIs go in, and
// findings come out, ranked by harm.
//
// It examines HorizontalPodAutoscalers, KEDA's ScaledObjects and HorizontalAutoscalers. A check whose input was
// not read finds nothing, and [Report.NotRead] names the input. The package is pure.
package doctor
