package daemon

// HandOver is what tests see of [handOver].
var HandOver = handOver
