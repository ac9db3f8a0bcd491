// One call of a stage.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Timelines;

/// <param name="Stage">The instance.</param>
/// <param name="Activity">Its inlet, or the kind of call.</param>
/// <param name="Step">The message's step; -1 without a message.</param>
/// <param name="MicroBatch">The message's micro-batch; -1 without a message.</param>
/// <param name="Begin">UTC, in ticks of 100 ns.</param>
/// <param name="End">The same.</param>
internal readonly record struct StageSpan(StageAddress Stage, string Activity, long Step, int MicroBatch, long Begin, long End);
