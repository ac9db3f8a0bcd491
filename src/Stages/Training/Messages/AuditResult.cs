// What an audit found.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>A step with active classes, held against all classes; everything before its update.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Samples">Samples that both losses are means over.</param>
/// <param name="ExactLoss">Over all classes, margin and label smoothing as in training.</param>
/// <param name="ActiveLoss">Over the active classes.</param>
/// <param name="GraphStep">The step before which the class graph in use was built; null where there is none.</param>
/// <param name="Recall">Of that graph over the rows of now; null where there is none.</param>
/// <param name="DriftMean">1 - cos of sampled rows with what they were for the graph, mean; null where that is not known.</param>
/// <param name="DriftLargest">The largest.</param>
/// <param name="Alarm">What passed its limit; null where nothing did.</param>
public sealed record AuditResult(
    long Step, int MicroBatch, int Samples, double ExactLoss, double ActiveLoss, long? GraphStep, double? Recall, double? DriftMean, double? DriftLargest, string? Alarm)
    : Message(Step, MicroBatch);
