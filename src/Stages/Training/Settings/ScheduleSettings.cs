// Settings of the run's length, batches, evaluations and checkpoints.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>How long to train, in which batches.</summary>
/// <param name="Epochs">Length of the run in passes over the training samples; used when updates is 0.</param>
/// <param name="Updates">Length of the run in weight updates; 0: from epochs.</param>
/// <param name="Batch">B, samples of a step over all ranks.</param>
/// <param name="MicroBatches">P, parts of a step that travel the graph one after the other.</param>
/// <param name="InFlight">Micro-batches of a rank that may wait for their gradient at a time.</param>
/// <param name="Lookahead">Steps planned ahead of the reports.</param>
/// <param name="EvaluateEvery">Epochs between two evaluations; 0: only at the end.</param>
/// <param name="EvaluationBatch">Samples of an evaluation batch.</param>
/// <param name="CheckpointEvery">Updates between two checkpoints; 0: only at the end.</param>
/// <param name="KeepCheckpoints">Checkpoints kept; older ones are removed when a new one is complete.</param>
public sealed record ScheduleSettings(
    double Epochs = 1,
    long Updates = 0,
    int Batch = 128,
    int MicroBatches = 1,
    int InFlight = 2,
    int Lookahead = 2,
    double EvaluateEvery = 0,
    int EvaluationBatch = 256,
    long CheckpointEvery = 0,
    int KeepCheckpoints = 3)
{
    public void Validate(string path)
    {
        Require(Updates >= 0, $"updates = {Updates}", path, "use 0 or more");
        Require(Updates > 0 || Epochs > 0, $"epochs = {Epochs}", path, "use a positive number, or set updates");
        Require(Batch >= 1, $"batch = {Batch}", path, "use at least 1 sample");
        Require(MicroBatches >= 1 && MicroBatches <= Batch, $"micro-batches = {MicroBatches}", path, $"use 1 to batch = {Batch}");
        Require(InFlight >= 1, $"in-flight = {InFlight}", path, "use at least 1");
        Require(Lookahead is >= 0 and <= 64, $"lookahead = {Lookahead}", path, "use 0 to 64; 2 is a good value");
        Require(EvaluateEvery >= 0, $"evaluate-every = {EvaluateEvery}", path, "use epochs, or 0 for the end only");
        Require(EvaluationBatch >= 1, $"evaluation-batch = {EvaluationBatch}", path, "use at least 1 sample");
        Require(CheckpointEvery >= 0, $"checkpoint-every = {CheckpointEvery}", path, "use updates, or 0 for the end only");
        Require(KeepCheckpoints >= 1, $"keep-checkpoints = {KeepCheckpoints}", path, "keep at least 1");
    }

    private static void Require(bool holds, string what, string path, string instead)
    {
        if (!holds)
        {
            throw new UserErrorException($"{what} is out of range", path, instead);
        }
    }
}
