// Settings of the run's length, batches, evaluations and checkpoints.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>How long to train, in which batches.</summary>
/// <param name="Epochs">Length of the run in passes over the training samples; used when updates is 0.</param>
/// <param name="Updates">Length of the run in weight updates; 0: from epochs.</param>
/// <param name="Batch">B, samples of a step over all ranks.</param>
/// <param name="MicroBatches">P, parts of a step that travel the graph one after the other; 0: chosen by the times of the first steps.</param>
/// <param name="InFlight">Micro-batches of a rank that may wait for their gradient at a time.</param>
/// <param name="Overlap">Whether a segment's gradient leaves while earlier segments still run backward; off: all leave when the backward pass is over.</param>
/// <param name="Lookahead">Steps planned ahead of the reports.</param>
/// <param name="EvaluateEvery">Epochs between two evaluations; 0: only at the end.</param>
/// <param name="EvaluationBatch">Samples of an evaluation batch.</param>
/// <param name="EvaluationSamples">Held-out samples of an evaluation, at equal distances in the data; 0: all.</param>
/// <param name="CheckpointEvery">Updates between two checkpoints; 0: only at the end.</param>
/// <param name="KeepCheckpoints">Checkpoints kept; older ones are removed when a new one is complete.</param>
public sealed record ScheduleSettings(
    double Epochs = 1,
    long Updates = 0,
    int Batch = 128,
    int MicroBatches = 1,
    int InFlight = 2,
    bool Overlap = true,
    int Lookahead = 2,
    double EvaluateEvery = 0,
    int EvaluationBatch = 256,
    long EvaluationSamples = 0,
    long CheckpointEvery = 0,
    int KeepCheckpoints = 3)
{
    public void Validate(string path)
    {
        SettingsCheck.Require(Updates >= 0, path, "updates", Updates, "write 0 or more");
        SettingsCheck.Require(Updates > 0 || (Epochs > 0 && double.IsFinite(Epochs)), path, "epochs", Epochs, "write a number above 0, or set updates");
        SettingsCheck.Require(Batch >= 1, path, "batch", Batch, "write at least 1 sample");
        SettingsCheck.Within(path, "micro-batches", MicroBatches, 0, Batch, "batch is the most, 0 chooses");
        SettingsCheck.Require(InFlight >= 1, path, "in-flight", InFlight, "write at least 1");
        SettingsCheck.Within(path, "lookahead", Lookahead, 0, 64, "2 is a good value");
        SettingsCheck.Require(EvaluateEvery >= 0 && double.IsFinite(EvaluateEvery), path, "evaluate-every", EvaluateEvery, "write epochs, or 0 for the end only");
        SettingsCheck.Require(EvaluationBatch >= 1, path, "evaluation-batch", EvaluationBatch, "write at least 1 sample");
        SettingsCheck.Within(path, "evaluation-samples", EvaluationSamples, 0, int.MaxValue, "0 is all");
        SettingsCheck.Require(CheckpointEvery >= 0, path, "checkpoint-every", CheckpointEvery, "write updates, or 0 for the end only");
        SettingsCheck.Require(KeepCheckpoints >= 1, path, "keep-checkpoints", KeepCheckpoints, "keep at least 1");
    }
}
