// What one rung gave.
namespace XClassFlow.Cluster.Benchmarks;

/// <param name="Rung">What it adds to the one above it in the list.</param>
/// <param name="SamplesPerSecond">All nodes together, after the warm-up.</param>
/// <param name="Gain">Times as many as the rung before.</param>
/// <param name="Total">Times as many as the first.</param>
/// <param name="StepSeconds">Mean length of a step.</param>
/// <param name="ComputeSeconds">Of a step, time in which a stage of the node was at work; mean over the nodes, as the next ones.</param>
/// <param name="CommunicationSeconds">Of a step, time in which a message to the node was under way.</param>
/// <param name="ExposedSeconds">Of that, time in which no stage of the node was at work.</param>
/// <param name="ReceivedBytes">Bytes of tensors that a node received in a step.</param>
/// <param name="Top1">Share of the held-out samples that the last evaluation got right, mean over the repeats, each with a seed of its own; null without held-out samples.</param>
/// <param name="TrainLoss">Mean loss of the last steps: that the rungs train the same is for longer runs to show.</param>
public sealed record LadderStep(
    string Rung,
    double SamplesPerSecond,
    double Gain,
    double Total,
    double StepSeconds,
    double ComputeSeconds,
    double CommunicationSeconds,
    double ExposedSeconds,
    double ReceivedBytes,
    double? Top1,
    double? TrainLoss);
