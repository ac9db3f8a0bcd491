// The result of one pass over the held-out samples.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>Result of an evaluation pass.</summary>
/// <param name="Step">The next update's number.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Samples">Samples evaluated.</param>
/// <param name="Top1">Share whose class scores best over all N classes.</param>
/// <param name="Top5">Share whose class is among the best five.</param>
/// <param name="Loss">Exact mean cross entropy over all classes, without margin.</param>
public sealed record EvaluationReport(long Step, int MicroBatch, long Samples, double Top1, double Top5, double Loss) : Message(Step, MicroBatch);
